import { Logger } from '@nestjs/common';
import type { CallToolResult } from '@modelcontextprotocol/server';
import { callerKey } from '../../access/caller-key.js';
import type { CatalogTool } from '../catalog/catalog-entry.js';
import { CallSlots } from './call-slots.js';
import { toToolFailure } from './handler-failure.js';
import { ToolBusyError } from './tool-busy.error.js';
import type { ResolvedToolLimits } from './tool-limits.js';
import { ToolTimeoutError } from './tool-timeout.error.js';

type Call = CatalogTool['call'];

/**
 * Holds the calls of a tool to its limits. A call that is late is answered at once, and keeps its slot
 * until the handler has really ended: what still runs still costs.
 */
export function limitCalls(call: Call, tool: string, limits: ResolvedToolLimits): Call {
  const { timeoutMs, maxConcurrent, maxConcurrentPerPrincipal } = limits;
  const counts = maxConcurrent !== Infinity || maxConcurrentPerPrincipal !== Infinity;
  const counted = counts ? countCalls(call, tool, new CallSlots(limits)) : call;
  return timeoutMs === Infinity ? counted : stopAfter(timeoutMs, counted, tool);
}

function countCalls(call: Call, tool: string, slots: CallSlots): Call {
  return async (input, exchange, context) => {
    const caller = callerKey(exchange.request, exchange.principal);
    const full = slots.fullFor(caller);
    if (full) return toToolFailure(new ToolBusyError(tool, full));
    slots.take(caller);
    try {
      return await call(input, exchange, context);
    } finally {
      slots.release(caller);
    }
  };
}

function stopAfter(timeoutMs: number, call: Call, tool: string): Call {
  const logger = new Logger('McpHandler');
  return async (input, exchange, context) => {
    const controller = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<CallToolResult>((resolve) => {
      timer = setTimeout(() => {
        const error = new ToolTimeoutError(tool, timeoutMs);
        logger.warn(error.message);
        // Before the handler hears of it: what it gives back then is not the answer any more.
        resolve(toToolFailure(error));
        controller.abort(error);
      }, timeoutMs);
    });
    const ended = call(input, exchange, context.abortedBy(controller.signal));
    return Promise.race([ended, late]).finally(() => clearTimeout(timer));
  };
}

import type { CallToolResult } from '@modelcontextprotocol/server';
import { Logger } from '@nestjs/common';
import { callerKey } from '../../request/caller-key.js';
import type { ResolvedToolLimits } from '../authoring/tool-limits.js';
import { ToolBusyError, ToolTimeoutError } from '../mcp.errors.js';
import { toToolFailure } from './handler-failure.js';
import type { Run } from './handler-pipeline.js';
import type { ToolOutcome } from './tool-result.js';

type Call = Run<ToolOutcome>;

/**
 * Applies the limits of a tool to its calls. A call that times out is answered at once, but keeps
 * its slot until the handler has ended.
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
    const exhausted = slots.exhaustedFor(caller);
    if (exhausted) return toToolFailure(new ToolBusyError(tool, exhausted));
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
        // Before the abort, so that a result of the aborted handler does not win the race.
        resolve(toToolFailure(error));
        controller.abort(error);
      }, timeoutMs);
    });
    const ended = call(input, exchange, context.abortedBy(controller.signal));
    return Promise.race([ended, late]).finally(() => clearTimeout(timer));
  };
}

/** Counts the running calls of one tool, in total and for each caller. */
class CallSlots {
  private running = 0;
  private readonly byCaller = new Map<string, number>();

  constructor(
    private readonly limits: {
      readonly maxConcurrent: number;
      readonly maxConcurrentPerPrincipal: number;
    },
  ) {}

  /** Which limit is exhausted for this caller: `all`, `caller`, or none. */
  exhaustedFor(caller: string): 'all' | 'caller' | undefined {
    const { maxConcurrent, maxConcurrentPerPrincipal } = this.limits;
    if ((this.byCaller.get(caller) ?? 0) >= maxConcurrentPerPrincipal) return 'caller';
    return this.running >= maxConcurrent ? 'all' : undefined;
  }

  take(caller: string): void {
    this.running += 1;
    this.byCaller.set(caller, (this.byCaller.get(caller) ?? 0) + 1);
  }

  release(caller: string): void {
    this.running -= 1;
    const left = (this.byCaller.get(caller) ?? 1) - 1;
    if (left > 0) this.byCaller.set(caller, left);
    else this.byCaller.delete(caller);
  }
}

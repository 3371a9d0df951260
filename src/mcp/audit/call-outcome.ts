import { HttpException } from '@nestjs/common';
import { ProtocolError, isInputRequiredResult } from '@modelcontextprotocol/server';
import type { AuditCallEvent } from '../../access/audit/audit-event.js';
import { outcomeOfStatus } from '../../access/audit/status-outcome.js';
import { AccessRefusedError } from '../../access/access-refused.error.js';
import { causeOf } from '../invocation/failure-cause.js';
import type { McpContext } from '../invocation/mcp-context.js';
import { ToolBusyError } from '../invocation/tool-busy.error.js';
import { isJsonObject } from '../json-object.js';

export type CallOutcome = Pick<AuditCallEvent, 'outcome' | 'reason'>;

/** How a handler ended, in words that tell nothing of what it was given and gave. */
export function outcomeOf(
  end: { readonly result: unknown } | { readonly error: unknown },
  { isCancelled }: Pick<McpContext, 'isCancelled'>,
): CallOutcome {
  if (isCancelled) return { outcome: 'cancelled' };
  if ('error' in end) return failureOf(end.error);
  const { result } = end;
  if (isInputRequiredResult(result)) return { outcome: 'input_required' };
  return isJsonObject(result) && result['isError'] === true ? failureOf(result) : { outcome: 'ok' };
}

function failureOf(failure: unknown): CallOutcome {
  const cause = (typeof failure === 'object' && failure && causeOf(failure)) || failure;
  if (cause instanceof AccessRefusedError) {
    return { outcome: 'refused', reason: cause.refusal.reason };
  }
  if (cause instanceof HttpException) {
    const { outcome, reason } = outcomeOfStatus(cause.getStatus());
    return {
      ...(reason !== undefined && { reason }),
      outcome: outcome === 'ok' ? 'error' : outcome,
    };
  }
  const code = cause instanceof Error ? codeOf(cause) : undefined;
  return {
    outcome: cause instanceof ToolBusyError ? 'refused' : 'error',
    ...(code !== undefined && { reason: code }),
  };
}

function codeOf(error: Error): string | undefined {
  if (error instanceof ProtocolError) return String(error.code);
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' && CODE.test(code) ? code : undefined;
}

/** The form of a code, which no text of a person has. */
const CODE = /^[A-Z][A-Z\d_]{1,63}$/;

import { AccessRefusedError } from '../../access/access-refused.error.js';

/** Key in `_meta` of a failed result: `{ code, retryAfter? }`, in seconds. */
export const ERROR_META_KEY = 'nestjs-clerk-mcp/error';

/** What a program may go by: the stable `code` of an error, where it has one. */
export function failureMeta(error: unknown): Record<string, unknown> | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, retryAfter } = error instanceof AccessRefusedError ? codeOf(error) : coded(error);
  if (typeof code !== 'string') return undefined;
  return { [ERROR_META_KEY]: { code, ...(typeof retryAfter === 'number' && { retryAfter }) } };
}

interface Coded {
  readonly code?: unknown;
  readonly retryAfter?: unknown;
}

function coded(error: Error & Coded): Coded {
  return error;
}

function codeOf({ refusal }: AccessRefusedError): Coded {
  return {
    code: refusal.reason,
    ...('retryAfter' in refusal && { retryAfter: refusal.retryAfter }),
  };
}

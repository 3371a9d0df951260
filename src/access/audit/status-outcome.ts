import type { AuditCallEvent } from './audit-event.js';

/** What an HTTP status says of how a call ended. */
export function outcomeOfStatus(status: number): Pick<AuditCallEvent, 'outcome' | 'reason'> {
  if (status < 400) return { outcome: 'ok' };
  return { outcome: REFUSING.has(status) ? 'refused' : 'error', reason: `HTTP_${status}` };
}

const REFUSING: ReadonlySet<number> = new Set([401, 403, 429]);

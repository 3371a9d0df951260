import type { AuditEntry } from '../../audit/audit-event.js';
import type { MaybePromise } from '../../request/value-or-promise.js';
import type { Run } from '../invocation/handler-pipeline.js';
import type { CatalogEntry } from './catalog-entry.js';

/** Runs an entry, and records how it ended if the audit is on. */
export function auditedRun<R>(kind: AuditEntry['kind'], entry: CatalogEntry, run: Run<R>): Run<R> {
  const audited = auditEntryOf(kind, entry);
  return (input, exchange, context) => {
    const { audit } = exchange;
    const start = (): MaybePromise<R> => run(input, exchange, context);
    return audit ? audit.called(audited, { input, context }, start) : start();
  };
}

/**
 * The audit's description of an entry: only what the application declares, nothing of the caller.
 */
export function auditEntryOf(
  kind: AuditEntry['kind'],
  { key, source }: Pick<CatalogEntry, 'key' | 'source'>,
): AuditEntry {
  return { kind, name: kind === 'completion' ? completionName(key) : key, source };
}

function completionName(key: string): string {
  const [, target, part]: string[] = JSON.parse(key);
  return `${target}#${part}`;
}

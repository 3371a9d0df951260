import type { AuditEntry } from '../../audit/audit-event.js';
import type { MaybePromise } from '../../request/value-or-promise.js';
import type { CatalogEntry } from './catalog-entry.js';
import type { Run } from '../invocation/handler-pipeline.js';

/** Runs an entry, and records how that ended where somebody wants to know. */
export function auditedRun<R>(kind: AuditEntry['kind'], entry: CatalogEntry, run: Run<R>): Run<R> {
  const audited = auditEntryOf(kind, entry);
  return (input, exchange, context) => {
    const { audit } = exchange;
    const start = (): MaybePromise<R> => run(input, exchange, context);
    return audit ? audit.called(audited, { input, context }, start) : start();
  };
}

/** An entry by what the application declares of it, without a word of who asks. */
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

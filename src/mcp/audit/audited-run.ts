import type { AuditEntry } from '../../access/audit/audit-event.js';
import type { MaybePromise } from '../../access/maybe-promise.js';
import type { CatalogEntry, Run } from '../catalog/catalog-entry.js';
import { auditEntryOf } from './audit-entry.js';

/** Runs an entry, and records how that ended where somebody wants to know. */
export function auditedRun<R>(kind: AuditEntry['kind'], entry: CatalogEntry, run: Run<R>): Run<R> {
  const audited = auditEntryOf(kind, entry);
  return (input, exchange, context) => {
    const { audit } = exchange;
    const start = (): MaybePromise<R> => run(input, exchange, context);
    return audit ? audit.called(audited, { input, context }, start) : start();
  };
}

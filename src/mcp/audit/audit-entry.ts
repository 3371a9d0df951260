import type { AuditEntry } from '../../access/audit/audit-event.js';
import type { CatalogEntry } from '../catalog/catalog-entry.js';

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

import { AccessRefusedError } from '../../access/access-refused.error.js';
import type { AccessRule } from '../../access/access-rule.js';
import type { CallerAccess } from '../../access/caller-access.js';
import type { Decision } from '../../access/decision.js';
import type { MaybePromise } from '../../access/maybe-promise.js';
import type { Refusal } from '../../access/refusal.js';
import type { CatalogEntry } from '../catalog/catalog-entry.js';
import { entriesUsedBy } from '../catalog/entries-used.js';
import type { EntryTable } from '../catalog/entry-table.js';
import type { McpCatalog } from '../catalog/mcp-catalog.js';
import type { McpMessage } from '../protocol/read-messages.js';
import { auditEntryOf } from './audit-entry.js';
import type { ExchangeAudit } from './exchange-audit.js';

/** What becomes of a message. */
export interface MessageAudit {
  readonly audit: ExchangeAudit;
  readonly access: CallerAccess;
  readonly catalog: McpCatalog;
  readonly decide: (rule: AccessRule) => MaybePromise<Decision>;
  /** What the request is turned away with, if it is. */
  readonly challenge: Refusal | undefined;
}

/**
 * Records the decisions on what a message asks for. They are taken once for a request and kept, so that
 * asking here takes no further one.
 */
export function auditMessage(message: McpMessage, parts: MessageAudit): void {
  const { audit, decide, catalog, challenge } = parts;
  const { list, method = OTHER } = message;
  if (list) return auditList(method, catalog.tableOf(list), parts);
  const uses = entriesUsedBy(message, catalog);
  if (uses.length === 0 && challenge) {
    return audit.decided(method, undefined, { allowed: false, refusal: challenge });
  }
  for (const { kind, entry } of uses) {
    if (!entry) audit.decided(method, { kind }, 'unknown');
    else {
      whenDecided(
        () => decide(entry.access),
        (decision) => audit.decided(method, auditEntryOf(kind, entry), decision),
      );
    }
  }
}

function auditList(
  method: string,
  list: EntryTable<CatalogEntry>,
  { audit, access, challenge }: MessageAudit,
): void {
  if (challenge) return audit.decided(method, undefined, { allowed: false, refusal: challenge });
  if (!audit.isWhole) return;
  whenDecided(
    () => list.visibleTo(access),
    ({ length }) => audit.listed(method, length, list.size - length),
  );
}

/** What cannot be decided fails where it is asked for, and is no event. */
function whenDecided<T>(decide: () => MaybePromise<T>, then: (decided: T) => void): void {
  try {
    const decided = decide();
    if (decided instanceof Promise) decided.then(then).catch(() => undefined);
    else then(decided);
  } catch (error) {
    if (!(error instanceof AccessRefusedError)) throw error;
  }
}

/** A method that the protocol does not have is text of the caller. */
const OTHER = 'other';

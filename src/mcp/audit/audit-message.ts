import type { AccessRule } from '../../access/access-rule.js';
import { AccessRefusedError } from '../../access/access.errors.js';
import type { Decision, Refusal } from '../../access/refusal.js';
import type { RequestAccess } from '../../access/request-access.js';
import type { MaybePromise } from '../../request/value-or-promise.js';
import { auditEntryOf } from '../catalog/audited-run.js';
import type { CatalogEntry } from '../catalog/catalog-entry.js';
import { entriesUsedBy } from '../catalog/entries-used.js';
import type { EntryTable } from '../catalog/entry-table.js';
import type { McpCatalog } from '../catalog/mcp-catalog.js';
import type { CallRecorder } from '../invocation/mcp-exchange.js';
import type { SignInMode } from '../mcp-options.js';
import type { McpMessage } from '../protocol/read-messages.js';

/** What {@link auditMessage} needs besides the message. */
export interface MessageAudit {
  readonly audit: DecisionRecorder;
  readonly access: RequestAccess;
  readonly signIn: SignInMode;
  readonly catalog: McpCatalog;
  readonly decide: (rule: AccessRule) => MaybePromise<Decision>;
  /** The refusal of the whole request, if any. */
  readonly challenge: Refusal | undefined;
}

/** Records the decisions on a message. */
export interface DecisionRecorder extends Pick<CallRecorder, 'decided'> {
  /** Whether allowed decisions and lists are recorded, too. */
  readonly recordsAllowed: boolean;
  /** Records a list. */
  listed(method: string, visible: number, hidden: number): void;
}

/**
 * Records the decisions on the entries of a message. Decisions are cached for a request, so that
 * this causes no further ones.
 */
export function auditMessage(message: McpMessage, parts: MessageAudit): void {
  const { audit, decide, catalog, challenge } = parts;
  const { traits, method = OTHER } = message;
  if (traits.list) return auditList(method, catalog.tableOf(traits.list), parts);
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
  { audit, access, signIn, catalog, challenge }: MessageAudit,
): void {
  if (challenge) return audit.decided(method, undefined, { allowed: false, refusal: challenge });
  if (!audit.recordsAllowed) return;
  whenDecided(
    () => list.visibleTo(access, catalog.signIn.offersTo(access, signIn)),
    ({ length }) => audit.listed(method, length, list.size - length),
  );
}

/** A failed decision is not recorded: the call itself fails with it. */
function whenDecided<T>(decide: () => MaybePromise<T>, then: (decided: T) => void): void {
  try {
    const decided = decide();
    if (decided instanceof Promise) decided.then(then).catch(() => undefined);
    else then(decided);
  } catch (error) {
    if (!(error instanceof AccessRefusedError)) throw error;
  }
}

/** Recorded for unknown methods, whose names are text of the caller. */
const OTHER = 'other';

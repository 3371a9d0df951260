import { PUBLIC, type AccessRule } from '../../access/access-rule.js';
import { AccessRefusedError } from '../../access/access.errors.js';
import type { Refusal } from '../../access/refusal.js';
import type { RequestAccess } from '../../access/request-access.js';
import { allOf, settle, andThen, type MaybePromise } from '../../request/value-or-promise.js';
import { entriesUsedBy } from '../catalog/entries-used.js';
import type { McpCatalog } from '../catalog/mcp-catalog.js';
import type { McpMessage, McpReading } from '../protocol/read-messages.js';

/**
 * The refusal that must be answered with an HTTP status, if there is one: 401 and 403 make a client
 * sign in or ask for more scopes, 503 makes it retry. Other refusals are answered inside the
 * protocol.
 */
export function challengeFor(
  { messages }: McpReading,
  access: RequestAccess,
  options: GateOptions,
): MaybePromise<Refusal | undefined> {
  const [first] = messages;
  if (first && messages.length === 1) return challengeOf(first, access, options);
  return andThen(
    allOf(messages.map((message) => challengeOf(message, access, options))),
    (refusals) => refusals.find((refusal) => refusal !== undefined),
  );
}

interface GateOptions {
  readonly catalog: McpCatalog;
  readonly signIn: 'call' | 'connect';
}

function challengeOf(
  message: McpMessage,
  access: RequestAccess,
  { catalog, signIn }: GateOptions,
): MaybePromise<Refusal | undefined> {
  const { traits, isNotification } = message;
  const rules = rulesFor(message, catalog);
  if (rules.length === 0) {
    const signsIn = signIn === 'connect' && !access.principal && !isNotification;
    if (signsIn) return { reason: 'unauthenticated' };
    return outageOf(access, traits.list ? catalog.tableOf(traits.list).rules : NONE);
  }
  return andThen(allOf(rules.map((rule) => access.decide(rule))), (decisions) => {
    // The SDK answers `subscriptions/listen` itself, so no later check would refuse it.
    for (const { refusal } of decisions) {
      if (refusal && (traits.opensStream || !isWithinProtocol(refusal))) return refusal;
    }
    return undefined;
  });
}

/**
 * No HTTP status helps the client with these: the result says why. A failed policy concerns its own
 * entry only, and must not refuse the other messages of a batch.
 */
function isWithinProtocol(refusal: Refusal): boolean {
  if (refusal.reason === 'unavailable') return refusal.policy !== undefined;
  return refusal.reason === 'forbidden' || refusal.reason === 'reverification';
}

/** The refusal when the access rules of a list cannot be decided now. */
function outageOf(
  access: RequestAccess,
  rules: readonly AccessRule[],
): MaybePromise<Refusal | undefined> {
  if (rules.length === 0) return undefined;
  return settle(
    () => access.allowed(rules),
    refusalIn,
    () => undefined,
  );
}

function refusalIn(error: unknown): Refusal {
  if (error instanceof AccessRefusedError) return error.refusal;
  throw error;
}

/** The rules of the entries that a message uses; none for a message that uses no known entry. */
function rulesFor(message: McpMessage, catalog: McpCatalog): readonly AccessRule[] {
  // A task is unknown to everybody but its owner, so that signing in would not help.
  if (message.traits.ofTask) return [PUBLIC];
  return entriesUsedBy(message, catalog)
    .map(({ entry }) => entry?.access)
    .filter((rule) => rule !== undefined);
}

const NONE: readonly AccessRule[] = [];

import { AccessRefusedError } from '../../access/access-refused.error.js';
import { PUBLIC, type AccessRule } from '../../access/access-rule.js';
import type { CallerAccess } from '../../access/caller-access.js';
import { allKnown, attempt, whenKnown, type MaybePromise } from '../../access/maybe-promise.js';
import type { Refusal } from '../../access/refusal.js';
import { entriesUsedBy } from '../catalog/entries-used.js';
import type { McpCatalog } from '../catalog/mcp-catalog.js';
import { isJsonObject } from '../json-object.js';

/**
 * Why an HTTP request must be answered by its status, if it must: 401 and 403 are what makes a client
 * sign in or ask for more scopes, 503 what makes it try again, and HTTP status is decided before the
 * first byte.
 *
 * What is refused for any other reason goes on and is answered inside the protocol.
 */
export function challengeFor(
  body: unknown,
  access: CallerAccess,
  options: { readonly catalog: McpCatalog; readonly signIn: 'call' | 'connect' },
): MaybePromise<Refusal | undefined> {
  if (!Array.isArray(body)) return challengeOf(body, access, options);
  const messages: readonly unknown[] = body;
  return whenKnown(
    allKnown(messages.map((message) => challengeOf(message, access, options))),
    (refusals) => refusals.find((refusal) => refusal !== undefined),
  );
}

function challengeOf(
  message: unknown,
  access: CallerAccess,
  { catalog, signIn }: { readonly catalog: McpCatalog; readonly signIn: 'call' | 'connect' },
): MaybePromise<Refusal | undefined> {
  const method = isJsonObject(message) ? message['method'] : undefined;
  const rules = isJsonObject(message) ? rulesFor(message, catalog) : NONE;
  if (rules.length === 0) {
    const signsIn = signIn === 'connect' && !access.principal && !isNotification(message);
    if (signsIn) return { reason: 'unauthenticated' };
    return outageOf(access, listedBy(method, catalog));
  }
  return whenKnown(allKnown(rules.map((rule) => access.decide(rule))), (decisions) => {
    // The SDK answers a listener by itself, so that nothing behind this would refuse one.
    const isListener = method === 'subscriptions/listen';
    for (const { refusal } of decisions) {
      if (refusal && (isListener || !WITHIN_PROTOCOL.has(refusal.reason))) return refusal;
    }
    return undefined;
  });
}

/** What no HTTP status cures: the caller reads of it in the result. */
const WITHIN_PROTOCOL: ReadonlySet<string> = new Set(['forbidden', 'reverification']);

/** Why a list cannot be made at the moment. */
function outageOf(
  access: CallerAccess,
  rules: readonly AccessRule[],
): MaybePromise<Refusal | undefined> {
  if (rules.length === 0) return undefined;
  return attempt(
    () => access.allowed(rules),
    refusalIn,
    () => undefined,
  );
}

function refusalIn(error: unknown): Refusal {
  if (error instanceof AccessRefusedError) return error.refusal;
  throw error;
}

/** The rules of the entries that a list names. */
function listedBy(method: unknown, catalog: McpCatalog): readonly AccessRule[] {
  switch (method) {
    case 'tools/list':
      return catalog.tools.rules;
    case 'prompts/list':
      return catalog.prompts.rules;
    case 'resources/list':
      return catalog.resources.rules;
    case 'resources/templates/list':
      return catalog.resourceTemplates.rules;
    default:
      return NONE;
  }
}

/** The rules of the entries that a message uses; none for a message that uses no known entry. */
function rulesFor(message: Record<string, unknown>, catalog: McpCatalog): readonly AccessRule[] {
  switch (message['method']) {
    case 'tasks/get':
    case 'tasks/update':
    case 'tasks/cancel':
      // A task belongs to somebody, and is unknown to everybody else: nothing to sign in for.
      return [PUBLIC];
    default:
      return entriesUsedBy(message, catalog)
        .map(({ entry }) => entry?.access)
        .filter((rule) => rule !== undefined);
  }
}

const NONE: readonly AccessRule[] = [];

function isNotification(message: unknown): boolean {
  return isJsonObject(message) && typeof message['method'] === 'string' && !('id' in message);
}

import { PUBLIC, type AccessRule } from '../../access/access-rule.js';
import { AccessRefusedError } from '../../access/access.errors.js';
import type { Decision, Refusal } from '../../access/refusal.js';
import type { RequestAccess } from '../../access/request-access.js';
import { isJsonObject } from '../../request/json-object.js';
import { allOf, settle, andThen, type MaybePromise } from '../../request/value-or-promise.js';
import type { CatalogEntry } from '../catalog/catalog-entry.js';
import { entriesUsedBy } from '../catalog/entries-used.js';
import type { McpCatalog } from '../catalog/mcp-catalog.js';
import { completionKey } from '../catalog/prompt-compiler.js';
import type { SignInMode } from '../mcp-options.js';
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
  readonly signIn: SignInMode;
  /** Whether the client of a call reads in its result that it must sign in. Default: no. */
  readonly challengesInResult?: ((message: McpMessage) => boolean) | undefined;
}

function challengeOf(
  message: McpMessage,
  access: RequestAccess,
  { catalog, signIn, challengesInResult }: GateOptions,
): MaybePromise<Refusal | undefined> {
  const { traits } = message;
  const rules = rulesFor(message, catalog);
  if (rules.length === 0) {
    const signsIn = signIn === 'connect' && !access.principal && !mayBeAnonymous(message, catalog);
    if (signsIn) return { reason: 'unauthenticated' };
    return outageOf(access, traits.list ? catalog.tableOf(traits.list).rules : NONE);
  }
  // The SDK answers `subscriptions/listen` itself, so no later check would refuse it.
  const challengeIn = ({ refusal }: Decision): Refusal | undefined => {
    if (!refusal || (isWithinProtocol(refusal) && !traits.opensStream)) return undefined;
    return refusal.reason === 'unauthenticated' && challengesInResult?.(message)
      ? undefined
      : refusal;
  };
  const [rule] = rules;
  if (rule && rules.length === 1) return andThen(access.decide(rule), challengeIn);
  return andThen(allOf(rules.map((one) => access.decide(one))), (decisions) => {
    for (const decision of decisions) {
      const challenge = challengeIn(decision);
      if (challenge) return challenge;
    }
    return undefined;
  });
}

/**
 * Whether a message that uses no entry is served to anybody, although clients sign in when they
 * connect: one that only belongs to the use of a public entry.
 */
function mayBeAnonymous(message: McpMessage, catalog: McpCatalog): boolean {
  if (message.isNotification) return true;
  const { method, params } = message;
  switch (method) {
    case 'completion/complete':
      return areAllPublic(completedBy(params, catalog));
    case 'resources/unsubscribe': {
      const { uri } = params;
      return typeof uri === 'string' && areAllPublic([catalog.resourceAt(uri)?.entry]);
    }
    default:
      return false;
  }
}

/** The prompt or the template whose argument is completed, and the completion if there is one. */
function completedBy(
  { ref, argument }: McpMessage['params'],
  { prompts, resourceTemplates, completions }: McpCatalog,
): readonly (CatalogEntry | undefined)[] {
  if (!isJsonObject(ref) || !isJsonObject(argument)) return [];
  const [{ type, name: prompt, uri }, { name }] = [ref, argument];
  if (typeof name !== 'string') return [];
  if (type === 'ref/prompt' && typeof prompt === 'string') {
    const completion = completions.get(completionKey({ prompt, argument: name }));
    return [prompts.get(prompt), ...(completion ? [completion] : [])];
  }
  if (type !== 'ref/resource' || typeof uri !== 'string') return [];
  const completion = completions.get(completionKey({ uriTemplate: uri, variable: name }));
  return [resourceTemplates.get(uri), ...(completion ? [completion] : [])];
}

function areAllPublic(entries: readonly (CatalogEntry | undefined)[]): boolean {
  return entries.length > 0 && entries.every((entry) => entry?.access.kind === 'public');
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

import { ProtocolErrorCode } from '@modelcontextprotocol/server';
import { isJsonObject } from '../../request/json-object.js';
import { checkParams, hasMany } from './check-params.js';
import type { ResolvedMcpLimits } from './mcp-limits.js';
import { METHODS, type MessageTarget, type MethodTraits } from './methods.js';
import { MessageRefusedError } from './json-rpc-error.js';
import { normalizeUri } from './normalize-uri.js';

/** One message of JSON-RPC. Everything behind the endpoint consumes this reading, and none reads the body. */
export interface McpMessage {
  /** The message as it came, for the SDK; `undefined` where it is no object. */
  readonly json: Readonly<Record<string, unknown>> | undefined;
  /** `undefined` for a message without an id of JSON-RPC. */
  readonly id: string | number | undefined;
  /** A method of the protocol; `undefined` for any other, and for a message that is no request. */
  readonly method: string | undefined;
  /** What is known of the method. Without one: {@link NO_TRAITS}. */
  readonly traits: MethodTraits;
  /** Whether it has a method and no id: nobody waits for an answer. */
  readonly isNotification: boolean;
  readonly params: Readonly<Record<string, unknown>>;
  /** `_meta` of the params; `undefined` where that is no object. */
  readonly meta: Readonly<Record<string, unknown>> | undefined;
  /** The entries that it names, each once. */
  readonly targets: readonly MessageTarget[];
}

/** A body, read once. */
export interface McpReading {
  readonly messages: readonly McpMessage[];
  readonly isBatch: boolean;
}

/**
 * Reads a body: one message, or a batch. All limits of size and number are checked here, before anybody
 * decides, records or looks anything up.
 *
 * @param body parsed JSON; `undefined` for a request without one
 * @throws {MessageRefusedError} it is over a limit
 */
export function readMessages(body: unknown, limits: ResolvedMcpLimits): McpReading {
  if (!Array.isArray(body)) return { messages: [readMessage(body, limits)], isBatch: false };
  const messages: readonly unknown[] = body;
  if (messages.length > limits.batch) {
    throw new MessageRefusedError(
      ProtocolErrorCode.InvalidRequest,
      `Invalid Request: a batch must not exceed ${limits.batch} messages`,
    );
  }
  assertFewUris(messages, limits.subscriptionLength);
  return { messages: messages.map((message) => readMessage(message, limits)), isBatch: true };
}

/** A URI is compared with every template: a batch may name no more than one stream may. */
function assertFewUris(messages: readonly unknown[], max: number): void {
  let characters = 0;
  for (const message of messages) {
    const params = isJsonObject(message) ? message['params'] : undefined;
    if (!isJsonObject(params)) continue;
    const { uri, ref, notifications } = params;
    const completed = isJsonObject(ref) ? ref['uri'] : undefined;
    const watched = isJsonObject(notifications) ? notifications['resourceSubscriptions'] : [];
    for (const one of [uri, completed, watched].flat())
      if (typeof one === 'string') characters += one.length;
  }
  if (characters <= max) return;
  throw new MessageRefusedError(
    ProtocolErrorCode.InvalidRequest,
    `Invalid Request: the URIs of a batch must not exceed ${max} characters`,
  );
}

function readMessage(message: unknown, limits: ResolvedMcpLimits): McpMessage {
  if (!isJsonObject(message)) return NO_MESSAGE;
  assertFew(message, limits.params);
  const { method, id, params: given } = message;
  const params: Readonly<Record<string, unknown>> = isJsonObject(given) ? given : NO_PARAMS;
  const meta = params['_meta'];
  assertShort('id', id, limits.idLength);
  assertShort('method', method, limits.nameLength);
  const known = typeof method === 'string' ? METHODS.get(method) : undefined;
  const traits = known ?? NO_TRAITS;
  const read = {
    json: message,
    id: typeof id === 'string' || typeof id === 'number' ? id : undefined,
    traits,
    params,
    meta: isJsonObject(meta) ? meta : undefined,
  };
  checkParams(read, limits);
  if (typeof method !== 'string') {
    return { ...read, method: undefined, isNotification: false, targets: NO_TARGETS };
  }
  return {
    ...read,
    method: known && method,
    isNotification: !('id' in message),
    targets: known ? targetsOf(known, params) : NO_TARGETS,
  };
}

/** What a client answers to a question counts as a message does. */
function assertFew(message: Readonly<Record<string, unknown>>, max: number): void {
  const isSmall = [message, message['result'], message['error']].every((one) => !hasMany(one, max));
  if (isSmall) return;
  throw new MessageRefusedError(
    ProtocolErrorCode.InvalidRequest,
    `Invalid Request: a message, a result or an error must not have more than ${max} members`,
  );
}

/** Both are repeated in answers, and kept as long as a request is served. */
function assertShort(member: 'id' | 'method', value: unknown, max: number): void {
  if (typeof value !== 'string' || value.length <= max) return;
  throw new MessageRefusedError(
    ProtocolErrorCode.InvalidRequest,
    `Invalid Request: ${member} must not exceed ${max} characters`,
  );
}

function targetsOf(
  { uses, opensStream }: MethodTraits,
  params: Readonly<Record<string, unknown>>,
): readonly MessageTarget[] {
  if (opensStream) return subscribedUris(params).map((key) => ({ kind: 'resource', key }));
  if (!uses) return NO_TARGETS;
  const key = params[uses.param];
  return [{ kind: uses.kind, key: typeof key === 'string' ? key : '' }];
}

/** The resources that `subscriptions/listen` names, in their normal form, each once. */
export function subscribedUris({
  notifications,
}: Readonly<Record<string, unknown>>): readonly string[] {
  const uris = isJsonObject(notifications) ? notifications['resourceSubscriptions'] : undefined;
  if (!Array.isArray(uris)) return [];
  const texts: ReadonlySet<string> = new Set(uris.filter((uri) => typeof uri === 'string'));
  return [...new Set([...texts].map(normalizeUri))];
}

/** Of a message without a known method. */
export const NO_TRAITS: MethodTraits = {};

const NO_PARAMS = {};
const NO_TARGETS: readonly MessageTarget[] = [];
const NO_MESSAGE: McpMessage = {
  json: undefined,
  id: undefined,
  method: undefined,
  traits: NO_TRAITS,
  isNotification: false,
  params: NO_PARAMS,
  meta: undefined,
  targets: NO_TARGETS,
};

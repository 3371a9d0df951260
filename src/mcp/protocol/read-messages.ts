import { ProtocolErrorCode } from '@modelcontextprotocol/server';
import { isJsonObject } from '../../request/json-object.js';
import { checkParams, hasMany } from './check-params.js';
import { MessageRefusedError } from './json-rpc-error.js';
import type { ResolvedMcpLimits } from './mcp-limits.js';
import { METHODS, type MessageTarget, type MethodTraits } from './methods.js';
import { normalizeUri } from './normalize-uri.js';

/** One JSON-RPC message. Everything behind the endpoint uses this reading instead of the body. */
export interface McpMessage {
  /** The message as received, for the SDK; `undefined` if it is not an object. */
  readonly json: Readonly<Record<string, unknown>> | undefined;
  /** `undefined` for a message without a valid id. */
  readonly id: string | number | undefined;
  /** A method of the protocol; `undefined` for unknown methods and for responses. */
  readonly method: string | undefined;
  /** The properties of the method. For unknown methods: {@link NO_TRAITS}. */
  readonly traits: MethodTraits;
  /** Whether it has a method and no id, and so expects no answer. */
  readonly isNotification: boolean;
  readonly params: Readonly<Record<string, unknown>>;
  /** `_meta` of the params; `undefined` if it is not an object. */
  readonly meta: Readonly<Record<string, unknown>> | undefined;
  /** The distinct entries that it names. */
  readonly targets: readonly MessageTarget[];
  /** Where the catalog keeps the entries of {@link targets}, once it has looked them up. */
  lookup: unknown;
}

/** A body, read once. */
export interface McpReading {
  readonly messages: readonly McpMessage[];
  readonly isBatch: boolean;
}

/**
 * Reads a body: one message or a batch. All limits of size and number are checked here, before
 * anything else uses the messages.
 *
 * @param body parsed JSON; `undefined` for a request without a body
 * @throws {MessageRefusedError} the body is over a limit
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

/**
 * URIs are compared with every template: all URIs of a batch together have the limit of one stream.
 */
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
  const name = typeof method === 'string' ? method : undefined;
  const known = name === undefined ? undefined : METHODS.get(name);
  // One object of one shape for every message: a copy costs more than all the rest of the reading.
  const read: Writable<McpMessage> = {
    json: message,
    id: typeof id === 'string' || typeof id === 'number' ? id : undefined,
    method: known && name,
    traits: known ?? NO_TRAITS,
    isNotification: name !== undefined && !('id' in message),
    params,
    meta: isJsonObject(meta) ? meta : undefined,
    targets: NO_TARGETS,
    lookup: undefined,
  };
  checkParams(read, limits);
  if (known) read.targets = targetsOf(known, params);
  return read;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Results and errors, with which a client answers a question, have the same limit as a message. */
function assertFew(message: Readonly<Record<string, unknown>>, max: number): void {
  const isSmall = [message, message['result'], message['error']].every((one) => !hasMany(one, max));
  if (isSmall) return;
  throw new MessageRefusedError(
    ProtocolErrorCode.InvalidRequest,
    `Invalid Request: a message, a result or an error must not have more than ${max} members`,
  );
}

/** Both members are echoed in answers, and kept while a request is served. */
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

/** The distinct URIs that `subscriptions/listen` names, in normal form. */
export function subscribedUris({
  notifications,
}: Readonly<Record<string, unknown>>): readonly string[] {
  const uris = isJsonObject(notifications) ? notifications['resourceSubscriptions'] : undefined;
  if (!Array.isArray(uris)) return [];
  const texts: ReadonlySet<string> = new Set(uris.filter((uri) => typeof uri === 'string'));
  return [...new Set([...texts].map(normalizeUri))];
}

/** For a message without a known method. */
const NO_TRAITS: MethodTraits = {};

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
  lookup: undefined,
};

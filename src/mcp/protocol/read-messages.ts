import { ProtocolErrorCode } from '@modelcontextprotocol/server';
import { isJsonObject } from '../../request/json-object.js';
import { checkParams, hasMany } from './check-params.js';
import type { ResolvedMcpLimits } from './mcp-limits.js';
import { METHODS, type ListName, type MessageTarget } from './methods.js';
import { MessageRefusedError } from './json-rpc-error.js';
import { normalizeUri } from './normalize-uri.js';

/** One message of JSON-RPC, as everybody behind the endpoint reads it. */
export interface McpMessage {
  /** A method that the protocol has; `undefined` for any other, and for what is no request. */
  readonly method: string | undefined;
  /** Whether it has a method and no id: nobody waits for an answer. */
  readonly isNotification: boolean;
  readonly params: Readonly<Record<string, unknown>>;
  /** The list that it asks for. */
  readonly list: ListName | undefined;
  /** What it uses, each once. */
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
  const params = isJsonObject(given) ? given : NO_PARAMS;
  assertShort('id', id, limits.idLength);
  assertShort('method', method, limits.nameLength);
  checkParams(message, params, limits);
  if (typeof method !== 'string') return { ...NO_MESSAGE, params };
  const traits = METHODS.get(method);
  return {
    method: traits && method,
    isNotification: !('id' in message),
    params,
    list: traits?.list,
    targets: traits ? targetsOf(method, params) : NO_TARGETS,
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
  method: string,
  params: Readonly<Record<string, unknown>>,
): readonly MessageTarget[] {
  if (method === 'subscriptions/listen') {
    return subscribedUris(params).map((key) => ({ kind: 'resource', key }));
  }
  const uses = METHODS.get(method)?.uses;
  if (!uses) return NO_TARGETS;
  const { kind, param } = uses;
  const key = params[param];
  return [{ kind, key: typeof key === 'string' ? key : '' }];
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

const NO_PARAMS = {};
const NO_TARGETS: readonly MessageTarget[] = [];
const NO_MESSAGE: McpMessage = {
  method: undefined,
  isNotification: false,
  params: NO_PARAMS,
  list: undefined,
  targets: NO_TARGETS,
};

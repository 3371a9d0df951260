import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  ProtocolErrorCode,
} from '@modelcontextprotocol/server';
import { isJsonObject } from '../../request/json-object.js';
import { MessageRefusedError } from './json-rpc-error.js';
import { MAX_CURSOR_BYTES, MAX_META_BYTES, type ResolvedMcpLimits } from './mcp-limits.js';
import type { MethodTraits } from './methods.js';

type Params = Readonly<Record<string, unknown>>;

/** The parts of a message that are read before its params are checked. */
interface ReadParams {
  readonly id: string | number | undefined;
  readonly traits: MethodTraits;
  readonly params: Params;
  readonly meta: Params | undefined;
}

/**
 * Checks the limits of the params of a message, whatever its method, since names are stored, echoed
 * and used as keys.
 *
 * @throws {MessageRefusedError}
 */
export function checkParams(
  { id, traits, params, meta }: ReadParams,
  limits: ResolvedMcpLimits,
): void {
  try {
    assertFew('params', params, limits.params);
    for (const name in params) CHECKS[name]?.(params[name], limits);
    const { notifications } = params;
    if (traits.textArguments) {
      assertFew('arguments', params['arguments'], limits.params);
    }
    if (meta) checkMeta(meta, limits);
    if (isJsonObject(notifications)) checkWatched(notifications, limits);
    // A stream keeps its `_meta` while it is open.
    if (traits.opensStream) assertSize('_meta', params['_meta'], MAX_META_BYTES);
  } catch (error) {
    if (!(error instanceof OverLimit)) throw error;
    throw new MessageRefusedError(ProtocolErrorCode.InvalidParams, error.message, id ?? null);
  }
}

type Check = (value: unknown, limits: ResolvedMcpLimits) => void;

/** The checks of each param. Without a prototype, since callers choose the names. */
const CHECKS: Readonly<Record<string, Check>> = Object.assign(Object.create(null), {
  name: (name, { nameLength }) => assertText('name', name, nameLength),
  uri: (uri, { uriLength }) => assertText('uri', uri, uriLength),
  taskId: (id, { idLength }) => assertText('taskId', id, idLength),
  requestId: (id, { idLength }) => assertText('requestId', id, idLength),
  progressToken: (token, { idLength }) => assertText('progressToken', token, idLength),
  protocolVersion: (version, { nameLength }) => assertText('protocolVersion', version, nameLength),
  reason: (reason, { uriLength }) => assertText('reason', reason, uriLength),
  cursor: (cursor) => {
    const isKnown = typeof cursor !== 'string' || Buffer.byteLength(cursor) <= MAX_CURSOR_BYTES;
    if (!isKnown) throw new OverLimit('Unknown cursor.');
  },
  clientInfo: (info, { clientInfoBytes }) => assertSize('clientInfo', info, clientInfoBytes),
  capabilities: (capabilities, { capabilitiesBytes }) =>
    assertSize('capabilities', capabilities, capabilitiesBytes),
  ref: (ref, { nameLength, uriLength }) => {
    if (!isJsonObject(ref)) return;
    assertText('ref.name', ref['name'], nameLength);
    assertText('ref.uri', ref['uri'], uriLength);
  },
  context: (context, { params }) => {
    if (isJsonObject(context)) assertFew('context.arguments', context['arguments'], params);
  },
  inputResponses: (responses, { params }) => assertFew('inputResponses', responses, params),
  argument: (argument, { nameLength }) => {
    if (isJsonObject(argument)) assertText('argument.name', argument['name'], nameLength);
  },
} satisfies Record<string, Check>);

function checkMeta(
  meta: Params,
  { idLength, clientInfoBytes, capabilitiesBytes, params }: ResolvedMcpLimits,
): void {
  assertFew('_meta', meta, params);
  const {
    progressToken,
    [CLIENT_INFO_META_KEY]: info,
    [CLIENT_CAPABILITIES_META_KEY]: capabilities,
  } = meta;
  assertText('_meta.progressToken', progressToken, idLength);
  assertSize(`_meta["${CLIENT_INFO_META_KEY}"]`, info, clientInfoBytes);
  assertSize(`_meta["${CLIENT_CAPABILITIES_META_KEY}"]`, capabilities, capabilitiesBytes);
}

/** Checks the URIs and tasks that a stream watches. */
function checkWatched(
  { resourceSubscriptions: uris, taskIds }: Params,
  limits: ResolvedMcpLimits,
): void {
  const { subscriptionUris, subscriptionLength, uriLength, watchedTasks, idLength } = limits;
  const names = { max: subscriptionUris, length: uriLength, total: subscriptionLength };
  if (Array.isArray(uris)) assertNames('resourceSubscriptions', uris, names);
  const ids = { max: watchedTasks, length: idLength, total: watchedTasks * idLength };
  if (Array.isArray(taskIds)) assertNames('taskIds', taskIds, ids);
}

function assertNames(
  name: string,
  values: readonly unknown[],
  { max, length, total }: { readonly max: number; readonly length: number; readonly total: number },
): void {
  const distinct = new Set<string>();
  let characters = 0;
  for (const value of values) {
    if (typeof value !== 'string' || distinct.has(value)) continue;
    assertText(name, value, length);
    distinct.add(value);
    characters += value.length;
    if (distinct.size > max) throw new OverLimit(`${name} must not name more than ${max}`);
    if (characters > total) throw tooLong(name, `${total} characters in all`);
  }
}

function assertText(name: string, value: unknown, max: number): void {
  if (typeof value === 'string' && value.length > max) throw tooLong(name, `${max} characters`);
}

/** Schema validation copies an object member by member, which takes time. */
function assertFew(name: string, value: unknown, max: number): void {
  if (hasMany(value, max))
    throw new OverLimit(`Invalid params: ${name} must not have more than ${max} members`);
}

/** Whether an object has more than `max` members. */
export function hasMany(value: unknown, max: number): boolean {
  if (!isJsonObject(value)) return false;
  let members = 0;
  for (const _name in value) if ((members += 1) > max) return true;
  return false;
}

/** Serializes a value to know its size only if the two fast checks cannot tell. */
function assertSize(name: string, value: unknown, max: number): void {
  if (value === undefined || value === null || isSmall(value)) return;
  if (minJsonLength(value, max) > max) throw tooLong(name, `${max} bytes of JSON`);
  if (Buffer.byteLength(JSON.stringify(value)) > max) throw tooLong(name, `${max} bytes of JSON`);
}

/** Whether an object has only a few short texts and empty objects, such as `{ name, version }`. */
function isSmall(value: object | {}): boolean {
  if (typeof value !== 'object') return false;
  let members = 0;
  for (const key in value) {
    members += 1;
    const member: unknown = Reflect.get(value, key);
    if (members > 8 || key.length > 32) return false;
    if (typeof member === 'string' ? member.length > 64 : !isEmptyObject(member)) return false;
  }
  return !Array.isArray(value);
}

/** A lower bound of the length of the JSON of a value. Stops when it exceeds `enough`. */
function minJsonLength(value: unknown, enough: number): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 1;
  let length = 2;
  for (const name in value) {
    if (!Array.isArray(value)) length += name.length + 3;
    length += minJsonLength(Reflect.get(value, name), enough - length);
    if (length > enough) break;
  }
  return length;
}

function isEmptyObject(value: unknown): boolean {
  if (!isJsonObject(value)) return false;
  for (const _key in value) return false;
  return true;
}

function tooLong(name: string, limit: string): OverLimit {
  return new OverLimit(`Invalid params: ${name} must not exceed ${limit}`);
}

class OverLimit extends Error {}

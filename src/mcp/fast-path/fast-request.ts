import type { IncomingHttpHeaders } from 'node:http';
import { isJsonObject } from '../../request/json-object.js';
import { MODERN, PROGRESS_TOKEN, RESERVED, ENVELOPE } from './result-json.js';
import { LRUCache } from 'lru-cache';
import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  PROTOCOL_VERSION_META_KEY,
  classifyInboundRequest,
} from '@modelcontextprotocol/server';

/** A request that says what it wants and nothing else: no progress, no log, no input, no task. */
export interface FastRequest {
  readonly era: 'modern' | 'legacy';
  readonly id: string | number;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly meta: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Reads a request that is plain in every respect. Whatever is unusual about headers, envelope or
 * params is for the SDK to judge, which has an error for each.
 *
 * @returns `undefined` for everything else
 */
export function readFastRequest(
  headers: IncomingHttpHeaders,
  body: unknown,
): FastRequest | undefined {
  if (!isJsonObject(body) || body['jsonrpc'] !== '2.0') return undefined;
  const { id, method, params = NOTHING } = body;
  if (!isRequestId(id) || typeof method !== 'string' || !hasOnly(body, MESSAGE)) return undefined;
  const allowed = PARAMS.get(method);
  if (!allowed || !isJsonObject(params) || !hasOnly(params, allowed)) return undefined;
  const { _meta: meta, arguments: args } = params;
  if (args !== undefined && !isPlainRecord(args)) return undefined;
  if (method === 'prompts/get' && args !== undefined && !hasOnlyText(args)) return undefined;
  if (meta !== undefined && !isJsonObject(meta)) return undefined;
  const plain = { id, method, params, meta };
  if (isFastModern(headers, plain)) return { era: 'modern', ...plain };
  return isFastLegacy(headers, plain) ? { era: 'legacy', ...plain } : undefined;
}

type Unclassified = Omit<FastRequest, 'era'>;

function isFastModern(headers: IncomingHttpHeaders, plain: Unclassified): boolean {
  const { method, params, meta } = plain;
  if (headers['mcp-protocol-version'] !== MODERN || headers['mcp-method'] !== method) return false;
  const name = NAMED.get(method);
  if (name !== undefined && !isSameName(headers['mcp-name'], params[name])) return false;
  return meta !== undefined && isFastEnvelope(meta, plain);
}

/** The header may say a name in Base64 between markers, and is then another text than the name. */
function isSameName(header: string | string[] | undefined, name: unknown): boolean {
  return typeof name === 'string' && header === name;
}

function isFastLegacy(
  { 'mcp-protocol-version': version, accept = '' }: IncomingHttpHeaders,
  { meta }: Unclassified,
): boolean {
  if (version !== undefined && !LEGACY.has(String(version))) return false;
  if (!accept.includes('application/json') && !accept.includes('*/*')) return false;
  if (meta === undefined) return true;
  return !(PROGRESS_TOKEN in meta) && !Object.keys(meta).some((key) => key.startsWith(RESERVED));
}

function isRequestId(id: unknown): id is string | number {
  return typeof id === 'string' || Number.isSafeInteger(id);
}

/** The schemas of the SDK drop this key. */
function isPlainRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return isJsonObject(value) && !Object.hasOwn(value, '__proto__');
}

/** Arguments of prompts are text. */
function hasOnlyText(args: Readonly<Record<string, unknown>>): boolean {
  for (const key in args) if (typeof args[key] !== 'string') return false;
  return true;
}

/** Whether an object has no keys but these. */
function hasOnly(value: object, keys: ReadonlySet<string>): boolean {
  for (const key in value) if (!keys.has(key)) return false;
  return true;
}

const LEGACY: ReadonlySet<string> = new Set([
  '2025-11-25',
  '2025-06-18',
  '2025-03-26',
  '2024-11-05',
]);

const NOTHING = {};
const MESSAGE: ReadonlySet<string> = new Set(['jsonrpc', 'id', 'method', 'params']);

/** The params that a plain request of a method may have. */
const PARAMS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['tools/call', new Set(['name', 'arguments', '_meta'])],
  ['prompts/get', new Set(['name', 'arguments', '_meta'])],
  ['resources/read', new Set(['uri', '_meta'])],
  ['ping', new Set(['_meta'])],
  ['tools/list', new Set(['cursor', '_meta'])],
  ['prompts/list', new Set(['cursor', '_meta'])],
  ['resources/list', new Set(['cursor', '_meta'])],
  ['resources/templates/list', new Set(['cursor', '_meta'])],
]);

/** The param that the `Mcp-Name` header repeats. */
const NAMED: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
]);

/**
 * Whether `_meta` is a good envelope of 2026-07-28 that asks for nothing more than an answer. What the
 * SDK has found good once is remembered: a client says the same of itself with each request.
 */
export function isFastEnvelope(
  meta: Readonly<Record<string, unknown>>,
  { id, method }: { readonly id: string | number; readonly method: string },
): boolean {
  if (meta[PROTOCOL_VERSION_META_KEY] !== MODERN) return false;
  for (const key in meta) {
    if (key === PROGRESS_TOKEN) return false;
    if (key.startsWith(RESERVED) && !ENVELOPE.has(key)) return false;
  }
  // In an object, what is missing is not what is null.
  const text = JSON.stringify({
    capabilities: meta[CLIENT_CAPABILITIES_META_KEY],
    info: meta[CLIENT_INFO_META_KEY],
  });
  if (KNOWN_GOOD.has(text)) return true;
  const { kind } = classifyInboundRequest({
    httpMethod: 'POST',
    body: { jsonrpc: '2.0', id, method, params: { _meta: meta } },
  });
  if (kind !== 'modern') return false;
  KNOWN_GOOD.set(text, true);
  return true;
}

/** At most a megabyte, in all endpoints. */
const KNOWN_GOOD = new LRUCache<string, true>({
  max: 1_000,
  maxSize: 1_048_576,
  sizeCalculation: (_good, text) => 2 * text.length,
});

import type { McpMessage, McpReading } from '../protocol/read-messages.js';
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
  readonly message: McpMessage;
}

/**
 * Reads a request that is usual in every respect. Whatever is unusual about headers, envelope or params is
 * for the SDK to judge, which has an error for each.
 *
 * @returns `undefined` for everything else
 */
export function readFastRequest(
  headers: IncomingHttpHeaders,
  { messages: [message], isBatch }: McpReading,
): FastRequest | undefined {
  if (!message || isBatch) return undefined;
  const { json, id, method, traits, params, meta } = message;
  const { fastParams } = traits;
  if (!json || !fastParams || json['jsonrpc'] !== '2.0' || !hasOnly(json, MESSAGE))
    return undefined;
  if (!isRequestId(id) || method === undefined || !hasOnly(params, fastParams)) return undefined;
  if (json['params'] !== undefined && json['params'] !== params) return undefined;
  if (params['_meta'] !== undefined && meta === undefined) return undefined;
  const { arguments: args } = params;
  if (args !== undefined && !isPlainRecord(args)) return undefined;
  if (traits.textArguments && args !== undefined && !hasOnlyText(args)) return undefined;
  const request = { id, method, message };
  if (isFastModern(headers, request)) return { era: 'modern', ...request };
  return isFastLegacy(headers, message) ? { era: 'legacy', ...request } : undefined;
}

function isFastModern(
  headers: IncomingHttpHeaders,
  { id, method, message }: Omit<FastRequest, 'era'>,
): boolean {
  const { traits, params, meta } = message;
  if (traits.era === 'legacy') return false;
  if (headers['mcp-protocol-version'] !== MODERN || headers['mcp-method'] !== method) return false;
  const { uses } = traits;
  if (uses && !isSameName(headers['mcp-name'], params[uses.param])) return false;
  return meta !== undefined && isFastEnvelope(meta, { id, method });
}

/** The header may say a name in Base64 between markers, and is then another text than the name. */
function isSameName(header: string | string[] | undefined, name: unknown): boolean {
  return typeof name === 'string' && header === name;
}

function isFastLegacy(
  { 'mcp-protocol-version': version, accept = '' }: IncomingHttpHeaders,
  { meta }: McpMessage,
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

const MESSAGE: ReadonlySet<string> = new Set(['jsonrpc', 'id', 'method', 'params']);

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

import type { IncomingHttpHeaders } from 'node:http';
import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  PROTOCOL_VERSION_META_KEY,
  classifyInboundRequest,
} from '@modelcontextprotocol/server';
import { LRUCache } from 'lru-cache';
import { isJsonObject } from '../../request/json-object.js';
import type { McpMessage, McpReading } from '../protocol/read-messages.js';
import { MODERN } from '../protocol/revisions.js';
import { PROGRESS_TOKEN, RESERVED, ENVELOPE } from './result-json.js';
import { isUsualEnvelope } from './usual-envelope.js';

/** A request that the fast path can answer: no progress, no log level, no input, no task. */
export interface FastRequest {
  readonly era: 'modern' | 'legacy';
  readonly id: string | number;
  /** Also of a method that does not exist. */
  readonly method: string;
  readonly message: McpMessage;
}

/**
 * Reads a request that the fast path can answer. Requests with unexpected headers, envelope or
 * params are left to the SDK, which has an error for each case.
 *
 * @returns `undefined` for a request that is left to the SDK
 */
export function readFastRequest(
  headers: IncomingHttpHeaders,
  { messages: [message], isBatch }: McpReading,
): FastRequest | undefined {
  if (!message || isBatch) return undefined;
  const { json, id, traits, params, meta } = message;
  const method = message.method ?? json?.['method'];
  if (!json || json['jsonrpc'] !== '2.0' || !hasOnly(json, MESSAGE)) return undefined;
  if (!isRequestId(id) || typeof method !== 'string' || !mayHaveParams(message)) return undefined;
  if (json['params'] !== undefined && json['params'] !== params) return undefined;
  if (params['_meta'] !== undefined && meta === undefined) return undefined;
  const { arguments: args } = params;
  if (args !== undefined && !isPlainRecord(args)) return undefined;
  if (traits.textArguments && args !== undefined && !hasOnlyText(args)) return undefined;
  if (isFastModern(headers, { id, method, message })) return { era: 'modern', id, method, message };
  return isFastLegacy(headers, message) ? { era: 'legacy', id, method, message } : undefined;
}

/** The params of unknown methods are not looked at. */
function mayHaveParams({ method, json, traits: { fastParams }, params }: McpMessage): boolean {
  if (method !== undefined) return fastParams !== undefined && hasOnly(params, fastParams);
  return !String(json?.['method']).startsWith('notifications/');
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

/** A header that encodes the name in Base64 differs from the name, and is left to the SDK. */
function isSameName(header: string | string[] | undefined, name: unknown): boolean {
  return typeof name === 'string' && header === name;
}

function isFastLegacy(
  { 'mcp-protocol-version': version }: IncomingHttpHeaders,
  { traits, meta }: McpMessage,
): boolean {
  if (traits.era === 'modern') return false;
  if (version !== undefined && !LEGACY.has(String(version))) return false;
  if (meta === undefined) return true;
  return !(PROGRESS_TOKEN in meta) && !Object.keys(meta).some((key) => key.startsWith(RESERVED));
}

function isRequestId(id: unknown): id is string | number {
  return typeof id === 'string' || Number.isSafeInteger(id);
}

/** The schemas of the SDK drop `__proto__`. */
function isPlainRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return isJsonObject(value) && !Object.hasOwn(value, '__proto__');
}

/** The arguments of prompts must be text. */
function hasOnlyText(args: Readonly<Record<string, unknown>>): boolean {
  for (const key in args) if (typeof args[key] !== 'string') return false;
  return true;
}

/** Whether an object has only these keys. */
function hasOnly(value: object, keys: ReadonlySet<string>): boolean {
  for (const key in value) if (!keys.has(key)) return false;
  return true;
}

/** The revisions with sessions that the fast path serves. */
export const LEGACY: ReadonlySet<string> = new Set([
  '2025-11-25',
  '2025-06-18',
  '2025-03-26',
  '2024-11-05',
]);

const MESSAGE: ReadonlySet<string> = new Set(['jsonrpc', 'id', 'method', 'params']);

/**
 * Whether `_meta` is a valid 2026-07-28 envelope that asks for nothing but an answer. Envelopes
 * that the SDK has accepted are cached: a client sends the same one with each request.
 */
function isFastEnvelope(
  meta: Readonly<Record<string, unknown>>,
  { id, method }: { readonly id: string | number; readonly method: string },
): boolean {
  if (meta[PROTOCOL_VERSION_META_KEY] !== MODERN) return false;
  for (const key in meta) {
    if (key === PROGRESS_TOKEN) return false;
    if (key.startsWith(RESERVED) && !ENVELOPE.has(key)) return false;
  }
  const { [CLIENT_CAPABILITIES_META_KEY]: capabilities, [CLIENT_INFO_META_KEY]: info } = meta;
  if (isUsualEnvelope(capabilities, info)) return true;
  // An object, so that a missing member and `null` give different texts.
  const text = JSON.stringify({ capabilities, info });
  if (ACCEPTED.has(text)) return true;
  const { kind } = classifyInboundRequest({
    httpMethod: 'POST',
    body: { jsonrpc: '2.0', id, method, params: { _meta: meta } },
  });
  if (kind !== 'modern') return false;
  ACCEPTED.set(text, true);
  return true;
}

/** At most a megabyte for all endpoints together. */
const ACCEPTED = new LRUCache<string, true>({
  max: 1_000,
  maxSize: 1_048_576,
  sizeCalculation: (_accepted, text) => 2 * text.length,
});

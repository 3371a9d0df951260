import { LRUCache } from 'lru-cache';
import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  PROTOCOL_VERSION_META_KEY,
  classifyInboundRequest,
} from '@modelcontextprotocol/server';
import { ENVELOPE, MODERN, PROGRESS_TOKEN, RESERVED } from './envelope-keys.js';

/**
 * Whether `_meta` is a good envelope of 2026-07-28 that asks for nothing more than an answer. What the
 * SDK has found good once is remembered: a client says the same of itself with each request.
 */
export function isPlainEnvelope(
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

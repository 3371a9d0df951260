import { ProtocolErrorCode } from '@modelcontextprotocol/server';
import { isJsonObject } from '../json-object.js';
import { MessageRefusedError } from './message-refused.error.js';
import { subscribedUris, type McpMessage } from './read-messages.js';

/**
 * A request of `subscriptions/listen` with the members that a stream needs, and no others: it is kept as
 * long as the stream. The URIs are in their canonical form, each once.
 *
 * @throws {MessageRefusedError} -32602 its `_meta` is too large to be kept
 */
export function listenRequest(
  body: unknown,
  { params }: McpMessage,
  canonical: (uri: string) => string,
): unknown {
  if (!isJsonObject(body) || !isJsonObject(params['notifications'])) return body;
  const { jsonrpc, id, method } = body;
  const { _meta: meta, notifications } = params;
  if (Buffer.byteLength(JSON.stringify(meta ?? null)) > MAX_META_BYTES) {
    throw new MessageRefusedError(
      ProtocolErrorCode.InvalidParams,
      `Invalid params: _meta must not exceed ${MAX_META_BYTES} bytes of JSON`,
      typeof id === 'string' || typeof id === 'number' ? id : null,
    );
  }
  const kept = Object.fromEntries(
    Object.entries(notifications).filter(([name]) => NOTIFICATIONS.has(name)),
  );
  if (Array.isArray(kept['resourceSubscriptions'])) {
    kept['resourceSubscriptions'] = [...new Set(subscribedUris(params).map(canonical))];
  }
  return {
    jsonrpc,
    id,
    method,
    params: { ...(meta !== undefined && { _meta: meta }), notifications: kept },
  };
}

const MAX_META_BYTES = 65_536;

/** Members of `SubscriptionFilter`, and the one of the tasks extension. */
const NOTIFICATIONS: ReadonlySet<string> = new Set([
  'toolsListChanged',
  'promptsListChanged',
  'resourcesListChanged',
  'resourceSubscriptions',
  'taskIds',
]);

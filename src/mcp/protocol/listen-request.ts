import { isJsonObject } from '../../request/json-object.js';
import { subscribedUris, type McpMessage } from './read-messages.js';

/**
 * A request of `subscriptions/listen` with the members that a stream needs, and no others: it is kept as
 * long as the stream.
 *
 * @param message within the limits; one of another form is left to the SDK, which refuses it
 */
export function trimListenRequest(message: McpMessage): McpMessage {
  const { json, params } = message;
  const { _meta: meta, notifications } = params;
  if (!json || !isJsonObject(notifications)) return message;
  const { jsonrpc, id, method } = json;
  const kept = Object.entries(notifications).filter(([name]) => NOTIFICATIONS.has(name));
  const trimmed = {
    ...(meta !== undefined && { _meta: meta }),
    notifications: Object.fromEntries(kept),
  };
  return { ...message, params: trimmed, json: { jsonrpc, id, method, params: trimmed } };
}

/**
 * The same request with its URIs in their canonical form, each once: the SDK compares them with those of
 * updates character by character.
 */
export function canonicalListenRequest(
  message: McpMessage,
  canonical: (uri: string) => string,
): McpMessage {
  const { notifications } = message.params;
  if (!isJsonObject(notifications) || !Array.isArray(notifications['resourceSubscriptions'])) {
    return message;
  }
  const resourceSubscriptions = [...new Set(subscribedUris(message.params).map(canonical))];
  const params = {
    ...message.params,
    notifications: { ...notifications, resourceSubscriptions },
  };
  return { ...message, params, json: { ...message.json, params } };
}

/** Members of `SubscriptionFilter`, and the one of the tasks extension. */
const NOTIFICATIONS: ReadonlySet<string> = new Set([
  'toolsListChanged',
  'promptsListChanged',
  'resourcesListChanged',
  'resourceSubscriptions',
  'taskIds',
]);

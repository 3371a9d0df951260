import { isJsonObject } from '../../request/json-object.js';
import { subscribedUris, type McpMessage } from './read-messages.js';

/**
 * A `subscriptions/listen` request with only the members that its stream needs, since it is kept
 * while the stream is open.
 *
 * @param message within the limits; a malformed one is returned as it is, and the SDK refuses it
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
 * The same request with its distinct URIs in canonical form: the SDK compares them with the URIs of
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

/** Members of `SubscriptionFilter` and of the tasks extension. */
const NOTIFICATIONS: ReadonlySet<string> = new Set([
  'toolsListChanged',
  'promptsListChanged',
  'resourcesListChanged',
  'resourceSubscriptions',
  'taskIds',
]);

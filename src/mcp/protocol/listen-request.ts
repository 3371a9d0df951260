import { isJsonObject } from '../../request/json-object.js';
import { subscribedUris } from './read-messages.js';

/**
 * A request of `subscriptions/listen` with the members that a stream needs, and no others: it is kept as
 * long as the stream.
 *
 * @param body of which the limits were checked; one of another form is left to the SDK, which refuses it
 */
export function trimListenRequest(body: unknown): unknown {
  if (!isJsonObject(body) || !isJsonObject(body['params'])) return body;
  const { jsonrpc, id, method, params } = body;
  const { _meta: meta, notifications } = params;
  if (!isJsonObject(notifications)) return body;
  const kept = Object.entries(notifications).filter(([name]) => NOTIFICATIONS.has(name));
  return {
    jsonrpc,
    id,
    method,
    params: {
      ...(meta !== undefined && { _meta: meta }),
      notifications: Object.fromEntries(kept),
    },
  };
}

/** The same request with its URIs in their canonical form, each once. */
export function canonicalListenRequest(body: unknown, canonical: (uri: string) => string): unknown {
  if (!isJsonObject(body) || !isJsonObject(body['params'])) return body;
  const { params } = body;
  const { notifications } = params;
  if (!isJsonObject(notifications) || !Array.isArray(notifications['resourceSubscriptions'])) {
    return body;
  }
  const resourceSubscriptions = [...new Set(subscribedUris(params).map(canonical))];
  return {
    ...body,
    params: { ...params, notifications: { ...notifications, resourceSubscriptions } },
  };
}

/** Members of `SubscriptionFilter`, and the one of the tasks extension. */
const NOTIFICATIONS: ReadonlySet<string> = new Set([
  'toolsListChanged',
  'promptsListChanged',
  'resourcesListChanged',
  'resourceSubscriptions',
  'taskIds',
]);

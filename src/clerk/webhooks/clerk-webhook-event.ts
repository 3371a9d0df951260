import { isJsonObject, type JsonObject } from '../json-object.js';

/** A verified event of Clerk, of any type, also one that is not known here. */
export interface ClerkWebhookEvent {
  /** Such as `session.revoked`. */
  readonly type: string;
  /** What the event is about, as it was then. */
  readonly data: JsonObject;
  /** When it happened, in milliseconds since the epoch. */
  readonly timestamp: number;
  /** The Clerk instance that it happened in. */
  readonly instanceId?: string;
}

/** Reads what a verified body says; `undefined` when it is no event. */
export function readWebhookEvent(body: unknown): ClerkWebhookEvent | undefined {
  if (!isJsonObject(body)) return undefined;
  const { type, data, timestamp, instance_id: instanceId } = body;
  if (typeof type !== 'string' || !isJsonObject(data)) return undefined;
  return {
    type,
    data,
    timestamp: milliseconds(timestamp),
    ...(typeof instanceId === 'string' && { instanceId }),
  };
}

/** Clerk gives milliseconds here and seconds elsewhere; 1e12 ms is in 2001. */
function milliseconds(time: unknown): number {
  if (typeof time !== 'number' || !Number.isFinite(time) || time <= 0) return Date.now();
  return time < 1e12 ? time * 1000 : time;
}

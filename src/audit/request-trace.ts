import { randomUUID } from 'node:crypto';
import { recordOf } from '../request/request-record.js';

/** Id of a request: the one that the HTTP framework gave it, else a random one, which it keeps. */
export function requestIdOf(request: object): string {
  const id: unknown = 'id' in request ? request.id : undefined;
  if (typeof id === 'string' && id !== '' && id.length <= MAX_LENGTH) return id;
  return (recordOf(request).id ??= randomUUID());
}

/** A host may take the id from a header, and a header has any length. */
const MAX_LENGTH = 128;

/**
 * The trace id in a `traceparent`.
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function traceIdIn(traceparent: unknown): string | undefined {
  return typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
}

/** The trace id in the header of a request. */
export function traceIdOf(request: object): string | undefined {
  const headers: unknown = Reflect.get(request, 'headers');
  if (typeof headers !== 'object' || headers === null) return undefined;
  return traceIdIn(Reflect.get(headers, 'traceparent'));
}

const TRACEPARENT = /^[\da-f]{2}-(?!0{32})([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/;

import { randomUUID } from 'node:crypto';
import { recordOf } from '../request/request-record.js';

/** Id of a request: the one of the HTTP framework, or a random one, which is stored for the request. */
export function requestIdOf(request: object): string {
  const id: unknown = 'id' in request ? request.id : undefined;
  if (typeof id === 'string' && id !== '' && id.length <= MAX_LENGTH) return id;
  return (recordOf(request).id ??= randomUUID());
}

/** Characters. The host may take the id from a header, whose length the client chooses. */
const MAX_LENGTH = 128;

/**
 * The trace id in a `traceparent`; `undefined` if it is malformed.
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function traceIdIn(traceparent: unknown): string | undefined {
  return typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
}

/** The trace id in the `traceparent` header of a request. */
export function traceIdOf(request: object): string | undefined {
  const headers: unknown = Reflect.get(request, 'headers');
  if (typeof headers !== 'object' || headers === null) return undefined;
  return traceIdIn(Reflect.get(headers, 'traceparent'));
}

const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/;

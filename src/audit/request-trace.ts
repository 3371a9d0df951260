import { randomUUID } from 'node:crypto';
import { recordOf } from '../request/request-record.js';

/** Id of a request, the same each time: the one of the HTTP framework, or a random one. */
export function requestIdOf(request: object): string {
  const record = recordOf(request);
  if (record.id !== undefined) return record.id;
  const id: unknown = 'id' in request ? request.id : undefined;
  // Loggers such as pino-http number requests.
  const text = typeof id === 'number' ? String(id) : id;
  const isUsable = typeof text === 'string' && text !== '' && text.length <= MAX_LENGTH;
  record.id = isUsable ? text : randomUUID();
  return record.id;
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

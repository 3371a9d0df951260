import { traceIdIn } from '../../audit/request-trace.js';
import { carrierOf } from '../../request/request-record.js';
import type { TraceContext } from '../authoring/mcp-context.js';

/** Headers of a request for a route. */
export type RouteHeaders = Readonly<Record<string, string>>;

/** Headers that a call always takes over from the request that it came with. */
const TAKEN_OVER = [
  'host',
  'user-agent',
  'accept-language',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-real-ip',
  'x-request-id',
  'x-correlation-id',
] as const;

/** Whether a route finds a header of the caller's request, or one that every call has. */
export function isSent(name: string, more: readonly string[]): boolean {
  return ALWAYS.has(name) || more.some((one) => one.toLowerCase() === name);
}

const ALWAYS: ReadonlySet<string> = new Set([
  ...TAKEN_OVER,
  'accept',
  'accept-encoding',
  'connection',
  'content-length',
  'content-type',
  'traceparent',
  'tracestate',
  'baggage',
]);

/** The problem with a name in `route.headers`; `undefined` if the header may be taken over. */
export function problemOfHeader(name: string): string | undefined {
  if (!TOKEN.test(name)) return `"${name}" is not the name of a header`;
  if (!NOT_TAKEN.test(name)) return undefined;
  return `"${name}" is not taken over: the route knows the caller without credentials, and gets a body of its own`;
}

const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
const NOT_TAKEN =
  /^(authorization|proxy-.*|cookie|connection|content-.*|expect|host|http2-.*|keep-alive|mcp-.*|origin|range|if-.*|te|trailer|transfer-encoding|upgrade)$/i;

/** Where the headers of a call come from. */
interface HeaderSources {
  /** The request that the call came with. */
  readonly origin: object;
  readonly trace: TraceContext;
  /** Names to take over, see {@link namesTakenOver}. */
  readonly taken: readonly string[];
  /** Of the route: its version and its host. */
  readonly own: RouteHeaders;
  readonly body: string | undefined;
}

/** @param more further names of headers that a route gets */
export function namesTakenOver(more: readonly string[]): readonly string[] {
  return [...TAKEN_OVER, ...more.map((name) => name.toLowerCase())];
}

/** The headers of a request for a route. It has no credential of the caller. */
export function headersOf({ origin, trace, taken, own, body }: HeaderSources): RouteHeaders {
  const given = receivedHeaders(origin);
  const headers: Record<string, string> = {
    host: textOf(given[':authority']) ?? 'localhost',
    connection: 'keep-alive',
    accept: 'application/json, */*',
    'accept-encoding': 'identity',
  };
  if (body !== undefined) {
    headers['content-type'] = 'application/json';
    headers['content-length'] = String(Buffer.byteLength(body));
  }
  for (const name of taken) {
    const value = textOf(given[name]);
    if (value !== undefined) headers[name] = value;
  }
  return Object.assign(headers, traceHeaders(trace, given), own);
}

/** The trace of the call, or else of the request that it came with. Malformed values are dropped. */
function traceHeaders(trace: TraceContext, given: ReceivedHeaders): RouteHeaders {
  const { traceparent, tracestate, baggage } =
    trace.traceparent === undefined
      ? {
          traceparent: textOf(given['traceparent']),
          tracestate: textOf(given['tracestate']),
          baggage: textOf(given['baggage']),
        }
      : trace;
  if (traceparent === undefined || traceIdIn(traceparent) === undefined) return {};
  if (!isSendable(traceparent)) return {};
  return {
    traceparent,
    ...(isSendable(tracestate) && { tracestate }),
    ...(isSendable(baggage) && { baggage }),
  };
}

/** Whether a value that a client wrote into a message can be a header. */
function isSendable(value: string | undefined): value is string {
  return value !== undefined && value.length <= MAX_TRACE && /^[\x20-\x7e]*$/.test(value);
}

/** Characters of a member of the trace; the limit of W3C for `tracestate`. */
const MAX_TRACE = 512;

type ReceivedHeaders = Readonly<Record<string, unknown>>;

function receivedHeaders(origin: object): ReceivedHeaders {
  const headers: unknown = Reflect.get(carrierOf(origin), 'headers');
  return typeof headers === 'object' && headers !== null ? (headers as ReceivedHeaders) : {};
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return Array.isArray(value) ? value.join(', ') : undefined;
}

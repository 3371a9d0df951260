import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { createPrivateMember } from './private-member.js';

/**
 * Which pages of other origins may use a route. It holds whatever CORS settings the application has:
 * its own headers, such as `Access-Control-Allow-Credentials`, are kept where they do not contradict.
 */
export interface CrossOriginPolicy {
  /** Whether every page may read the answers, as of a public document. */
  readonly isPublic: boolean;
  /** Methods of the route, such as `GET, POST`. */
  readonly methods: string;
  /** The answer for a page that may not use the route, or for a foreign host; `undefined` if it may. */
  refuse(request: IncomingMessage): OptionsAnswer | undefined;
}

/** The answer to an `OPTIONS` request. */
export interface OptionsAnswer {
  readonly status: number;
  readonly body?: object;
}

/** The answer of a route to `OPTIONS`, with or without the headers of a preflight. */
export function answerOptions(request: IncomingMessage, policy: CrossOriginPolicy): OptionsAnswer {
  return policy.refuse(request) ?? NO_CONTENT;
}

/**
 * Gives the answer to a request the headers that pages of other origins need. They are written with
 * the head of the answer, so that they hold for every answer: of handlers, filters, plugins and
 * middleware, also 401, 403, 429 and 503.
 *
 * @param status changes the status of the answer
 */
export function openToPages(
  request: IncomingMessage,
  response: ServerResponse,
  policy: CrossOriginPolicy,
  status: (status: number) => number = (given) => given,
): void {
  const { headers, method } = request;
  const { origin } = headers;
  if (origin === undefined && method !== 'OPTIONS') return;
  if (OPENED.get(response)) return;
  OPENED.set(response, true);
  const asksFirst = isPreflight(request);
  beforeHead(response, (given) => {
    if (method === 'OPTIONS') response.setHeader('allow', `${policy.methods}, OPTIONS`);
    if (!policy.isPublic) addTo(response, 'vary', ['Origin']);
    if (origin !== undefined && policy.refuse(request)) closeToPages(response);
    else if (origin !== undefined) {
      response.setHeader('access-control-allow-origin', policy.isPublic ? '*' : origin);
      // Browsers refuse credentials together with `*`.
      if (policy.isPublic) response.removeHeader('access-control-allow-credentials');
      if (asksFirst) writePreflight(request, response, policy);
      else addTo(response, 'access-control-expose-headers', EXPOSED_HEADERS);
    }
    return status(given);
  });
}

const OPENED = createPrivateMember<true>();

function closeToPages(response: ServerResponse): void {
  for (const name of response.getHeaderNames()) {
    if (name.startsWith('access-control-')) response.removeHeader(name);
  }
}

function writePreflight(
  { headers }: IncomingMessage,
  response: ServerResponse,
  { methods }: CrossOriginPolicy,
): void {
  response.setHeader('access-control-allow-methods', methods);
  const asked = askedHeaders(headers['access-control-request-headers']);
  addTo(response, 'access-control-allow-headers', [...REQUEST_HEADERS, ...asked]);
  addTo(response, 'vary', ['Access-Control-Request-Headers']);
  const given = Number(response.getHeader('access-control-max-age') ?? MAX_AGE_S);
  response.setHeader('access-control-max-age', String(given < MAX_AGE_S ? given : MAX_AGE_S));
}

export function isPreflight({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'OPTIONS' &&
    headers.origin !== undefined &&
    headers['access-control-request-method'] !== undefined
  );
}

/** Headers that the documents of MCP and this package let clients send. */
export const REQUEST_HEADERS: readonly string[] = [
  'Authorization',
  'Content-Type',
  'Accept',
  'MCP-Protocol-Version',
  'Mcp-Method',
  'Mcp-Name',
  'Mcp-Session-Id',
  'Last-Event-ID',
  'traceparent',
  'tracestate',
  'baggage',
];

/** Headers of answers that a page cannot read unless they are named. */
export const EXPOSED_HEADERS: readonly string[] = [
  'WWW-Authenticate',
  'Mcp-Session-Id',
  'MCP-Protocol-Version',
  'Retry-After',
  'Allow',
];

/**
 * The headers of arguments among those that a preflight asks for. CORS has no wildcard for a part of
 * a name, so that they are named as they are asked for.
 */
function askedHeaders(asked = ''): readonly string[] {
  return asked
    .slice(0, MAX_ASKED_LENGTH)
    .split(',')
    .slice(0, MAX_ASKED)
    .map((name) => name.trim())
    .filter((name) => PARAM_HEADER.test(name));
}

const PARAM_HEADER = /^mcp-param-[\w!#$%&'*+.^`|~-]{1,128}$/i;
const MAX_ASKED = 100;
const MAX_ASKED_LENGTH = 8_192;

/** How long a browser keeps the answer to a preflight at most, in seconds. */
const MAX_AGE_S = 600;

const NO_CONTENT: OptionsAnswer = { status: 204 };

/** Adds the names that a header with a list of names does not have yet, ignoring case. */
function addTo(response: ServerResponse, header: string, names: readonly string[]): void {
  const listed = [response.getHeader(header) ?? []].flat().join(',').split(',');
  const all = new Map<string, string>();
  for (const name of [...listed, ...names].map((one) => String(one).trim())) {
    if (name !== '' && !all.has(name.toLowerCase())) all.set(name.toLowerCase(), name);
  }
  response.setHeader(header, [...all.values()].join(', '));
}

/** Runs a function before the head of a response is written; it returns the status to write. */
function beforeHead(response: ServerResponse, change: (status: number) => number): void {
  const writeHead = response.writeHead;
  const patched = (status: number, ...rest: readonly unknown[]): ServerResponse => {
    response.writeHead = writeHead;
    const reason = typeof rest[0] === 'string' ? rest[0] : undefined;
    if (!response.headersSent) {
      setHeaders(response, (reason === undefined ? rest[0] : rest[1]) as GivenHeaders);
      const changed = change(status);
      if (reason === undefined || changed !== status) return response.writeHead(changed);
      return response.writeHead(changed, reason);
    }
    return Reflect.apply(writeHead, response, [status, ...rest]);
  };
  // The overloads of Node have no common type.
  response.writeHead = patched as typeof writeHead;
}

type GivenHeaders = OutgoingHttpHeaders | readonly (string | readonly string[])[] | undefined;

/** Headers that `writeHead()` takes: an object, or names and values in turn. */
function setHeaders(response: ServerResponse, headers: GivenHeaders): void {
  if (headers === undefined || headers === null) return;
  if (!isList(headers)) {
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) response.setHeader(name, value);
    }
    return;
  }
  const flat = headers.flat();
  const names = new Set<string>();
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const [name = '', value = ''] = [flat[at], flat[at + 1]];
    if (names.has(name.toLowerCase())) response.appendHeader(name, value);
    else response.setHeader(name, value);
    names.add(name.toLowerCase());
  }
}

function isList(
  headers: NonNullable<GivenHeaders>,
): headers is readonly (string | readonly string[])[] {
  return Array.isArray(headers);
}

import { carrierOf } from '../../request/request-record.js';
import { invalidToken } from './token-refusals.js';
import { MAX_TOKEN_BYTES } from './classify.js';
import { PresentedToken } from './presented-token.js';
import { isJsonObject } from '../../request/json-object.js';

/**
 * Extracts the token of a request from its header or its body, and removes it from the request.
 *
 * @returns `undefined` if the request has no token
 * @throws {AccessRefusedError} `invalid_token` if it is malformed, or there are different tokens
 */
export function extractToken(
  request: object,
  options: { readonly metaAuthorization: boolean },
): PresentedToken | undefined {
  const body: unknown = 'body' in request ? request.body : undefined;
  let token: PresentedToken | undefined;
  let others: readonly string[] = [];
  try {
    token = extractHeaderToken(carrierOf(request));
  } finally {
    // The body is cleaned even if the header is invalid.
    others = extractMetaTokens(body, options.metaAuthorization, () => dropRawBody(request));
  }
  for (const other of others) {
    token ??= new PresentedToken(other);
    if (other !== token.value) {
      throw invalidToken('The request has different tokens in different places.');
    }
  }
  return token;
}

/** With `rawBody: true` Nest also stores the body as it was sent, which contains the token. */
function dropRawBody(request: object): void {
  Reflect.deleteProperty(request, 'rawBody');
  Reflect.deleteProperty(carrierOf(request), 'rawBody');
}

/**
 * Extracts the bearer token from the `Authorization` header, and removes the header.
 *
 * @param request the Node.js request
 * @throws {AccessRefusedError} `invalid_token` if the header is not exactly one bearer token
 */
function extractHeaderToken(request: object): PresentedToken | undefined {
  const { headers, rawHeaders } = request as RawRequest;
  const values = removeRawValues(rawHeaders ?? []);
  const header = headers?.[AUTHORIZATION];
  if (headers) delete headers[AUTHORIZATION];
  if (header === undefined && values.length === 0) return undefined;
  // Node.js silently drops a second Authorization header.
  if (values.length > 1 || Array.isArray(header)) {
    throw invalidToken('The request has more than one Authorization header.');
  }
  const presented = header ?? values[0] ?? '';
  return (
    PresentedToken.keptBy(request, presented) ??
    new PresentedToken(readBearer(presented), presented)
  );
}

/** The part of Node's `IncomingMessage` that is read; test doubles may lack either. */
interface RawRequest {
  readonly headers?: Record<string, string | string[] | undefined>;
  readonly rawHeaders?: string[];
}

function removeRawValues(rawHeaders: string[]): string[] {
  const values: string[] = [];
  for (let at = rawHeaders.length - 2; at >= 0; at -= 2) {
    const name = rawHeaders[at];
    // Comparing the length first is cheap.
    if (name?.length !== AUTHORIZATION.length || name.toLowerCase() !== AUTHORIZATION) continue;
    const value = rawHeaders[at + 1];
    if (value !== undefined) values.push(value);
    rawHeaders.splice(at, 2);
  }
  return values;
}

function readBearer(header: string): string {
  const value = header.trim();
  if (value === '') throw invalidToken('The Authorization header is empty.');
  if (value.slice(0, SCHEME.length).toLowerCase() !== SCHEME) {
    throw invalidToken('The Authorization header does not use the Bearer scheme.');
  }
  const rest = value.slice(SCHEME.length);
  if (rest === '') throw invalidToken('The Authorization header has no token.');
  // RFC 9110 §11.4: the scheme ends at a space.
  if (!rest.startsWith(' ')) {
    throw invalidToken('The Authorization header does not use the Bearer scheme.');
  }
  return checkToken(rest.trimStart());
}

/**
 * Checks the form of a token, RFC 6750 §2.1.
 *
 * @throws {AccessRefusedError} `invalid_token`
 */
export function checkToken(token: string): string {
  if (token.length > MAX_TOKEN_BYTES) throw invalidToken('The access token is over 8 KB.');
  if (!TOKEN.test(token)) throw invalidToken('The access token is malformed.');
  return token;
}

const AUTHORIZATION = 'authorization';
const SCHEME = 'bearer';
const TOKEN = /^[\w.~+/-]+=*$/;

/**
 * Extracts the tokens from `params._meta.authorization` of a JSON-RPC message or batch. The member is
 * always removed, so that logs, traces and tools do not see it.
 *
 * @param read whether the tokens are returned; otherwise they are only removed
 * @param onRemoval is called for each removed member
 * @throws {AccessRefusedError} `invalid_token` if the member is not `{ type: 'bearer', token }`
 */
function extractMetaTokens(body: unknown, read: boolean, onRemoval: () => void): readonly string[] {
  // All members are removed before any is validated.
  const members = Array.isArray(body)
    ? body.flatMap((message: unknown) => removeMember(message, onRemoval))
    : removeMember(body, onRemoval);
  return read ? members.map(readMember) : [];
}

function removeMember(message: unknown, onRemoval: () => void): readonly unknown[] {
  if (!isJsonObject(message) || !('jsonrpc' in message)) return NONE;
  const meta = isJsonObject(message['params']) ? message['params']['_meta'] : undefined;
  if (!isJsonObject(meta) || !Object.hasOwn(meta, 'authorization')) return NONE;
  const { authorization } = meta;
  Reflect.deleteProperty(meta, 'authorization');
  onRemoval();
  const counts = message['jsonrpc'] === '2.0' && authorization !== undefined;
  return counts && authorization !== null ? [authorization] : NONE;
}

const NONE: readonly unknown[] = [];

function readMember(authorization: unknown): string {
  if (isJsonObject(authorization)) {
    const { type = 'bearer', token } = authorization;
    const isBearer = typeof type === 'string' && type.toLowerCase() === 'bearer';
    if (isBearer && typeof token === 'string') return checkToken(token);
  }
  throw invalidToken('_meta.authorization is not of the form { type: "bearer", token }.');
}

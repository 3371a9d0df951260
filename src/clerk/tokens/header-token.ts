import { invalidToken } from './token-refusals.js';
import { MAX_TOKEN_BYTES } from './token-size.js';

/**
 * Takes the bearer token out of the `Authorization` header. Whoever looks at the request later
 * finds no credential on it.
 *
 * @param request the request of Node itself
 * @throws {AccessRefusedError} `invalid_token` for a header that is there and is not one bearer token
 */
export function takeHeaderToken(request: object): string | undefined {
  const { headers, rawHeaders } = request as RawRequest;
  const values = takeRawValues(rawHeaders ?? []);
  const header = headers?.[AUTHORIZATION];
  if (headers) delete headers[AUTHORIZATION];
  if (header === undefined && values.length === 0) return undefined;
  // Node itself drops a second Authorization header without a word.
  if (values.length > 1 || Array.isArray(header)) {
    throw invalidToken('The request has more than one Authorization header.');
  }
  return readBearer(header ?? values[0] ?? '');
}

/** The part of Node's `IncomingMessage` that is read; test doubles may lack either. */
interface RawRequest {
  readonly headers?: Record<string, string | string[] | undefined>;
  readonly rawHeaders?: string[];
}

function takeRawValues(rawHeaders: string[]): string[] {
  const values: string[] = [];
  for (let at = rawHeaders.length - 2; at >= 0; at -= 2) {
    const name = rawHeaders[at];
    // The length tells most names apart, at no cost.
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
  if (rest === '') throw invalidToken('The Authorization header holds no token.');
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

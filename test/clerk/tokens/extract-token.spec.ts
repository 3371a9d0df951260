import { describe, expect, it } from 'vitest';
import { AccessRefusedError } from '../../../src/access/access.errors.js';
import { extractToken } from '../../../src/clerk/tokens/extract-token.js';

interface FakeRawRequest {
  headers: Record<string, string>;
  rawHeaders: string[];
  body?: unknown;
}

/** A request as Node makes it: the first of several Authorization headers wins in `headers`. */
function requestWith(authorization: string | string[] | undefined, body?: unknown): FakeRawRequest {
  const values = authorization === undefined ? [] : [authorization].flat();
  return {
    headers: { host: 'x', ...(values[0] !== undefined && { authorization: values[0] }) },
    rawHeaders: ['Host', 'x', ...values.flatMap((value) => ['Authorization', value])],
    ...(body !== undefined && { body }),
  };
}

const call = (authorization?: unknown, jsonrpc = '2.0') => ({
  jsonrpc,
  id: 1,
  method: 'tools/call',
  params: {
    name: 'echo',
    _meta: { progressToken: 7, ...(authorization !== undefined && { authorization }) },
  },
});
const bearer = (token: string) => ({ type: 'bearer', token });

const take = (request: object, metaAuthorization = true) =>
  extractToken(request, { metaAuthorization })?.value;
/** Why a request is refused. */
const refusal = (request: object, metaAuthorization = true) => {
  try {
    take(request, metaAuthorization);
  } catch (error) {
    if (!(error instanceof AccessRefusedError)) throw error;
    const { refusal: found } = error;
    return found.reason === 'invalid_token' ? found.description : found.reason;
  }
  return 'accepted';
};

const EMPTY = 'The Authorization header is empty.';
const OTHER_SCHEME = 'The Authorization header does not use the Bearer scheme.';
const MORE_THAN_ONE = 'The request has more than one Authorization header.';
const MALFORMED = 'The access token is malformed.';
const TOO_LONG = 'The access token is over 8 KB.';
const NOT_BEARER = '_meta.authorization is not of the form { type: "bearer", token }.';
const DIFFERENT = 'The request has different tokens in different places.';

describe('extractToken from the Authorization header', () => {
  it('takes a bearer token, whatever the case of the scheme', () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      expect(take(requestWith(`${scheme} abc.def-_~+/=`))).toBe('abc.def-_~+/=');
    }
    expect(take(requestWith('Bearer  abc '))).toBe('abc');
  });

  it('finds nothing on an anonymous request, with or without cookies', () => {
    expect(take(requestWith(undefined))).toBeUndefined();
    const request = { headers: { cookie: '__session=abc' }, rawHeaders: ['Cookie', '__session=a'] };
    expect(take(request)).toBeUndefined();
  });

  it.each([
    ['an empty header', '', EMPTY],
    ['a blank header', '   ', EMPTY],
    ['a scheme without a token', 'Bearer', 'The Authorization header has no token.'],
    ['a token without a scheme', 'abc.def.ghi', OTHER_SCHEME],
    ['another scheme', 'Basic dXNlcjpwYXNz', OTHER_SCHEME],
    ['another scheme of the same length', 'Digest abc', OTHER_SCHEME],
    ['a scheme that begins alike', 'Bearers abc', OTHER_SCHEME],
    ['a scheme and a token without a space', 'Bearerabc', OTHER_SCHEME],
    ['another white space than a space', 'Bearer\tabc', OTHER_SCHEME],
    ['white space inside', 'Bearer abc def', MALFORMED],
    ['two credentials', 'Bearer abc, Bearer def', MALFORMED],
    ['a quoted token', 'Bearer "abc"', MALFORMED],
    ['non-ASCII letters', 'Bearer äbc', MALFORMED],
    ['padding inside', 'Bearer abc=def', MALFORMED],
    ['padding alone', 'Bearer ==', MALFORMED],
    ['more than 8 KB', `Bearer ${'a'.repeat(8_193)}`, TOO_LONG],
  ])('refuses %s', (_, header, description) => {
    const request = requestWith(header);
    expect(refusal(request)).toBe(description);
    expect(JSON.stringify(request)).not.toContain('Authorization');
    expect(request.headers).toEqual({ host: 'x' });
  });

  it('takes a token of 8 KB', () => {
    const token = 'a'.repeat(8_192);
    expect(take(requestWith(`Bearer ${token}`))).toBe(token);
  });

  it('refuses a second header, which Node itself drops', () => {
    expect(refusal(requestWith(['Bearer abc', 'Bearer abc']))).toBe(MORE_THAN_ONE);
    const request = requestWith('Bearer abc');
    request.rawHeaders.push('AUTHORIZATION', 'Bearer def');
    expect(refusal(request)).toBe(MORE_THAN_ONE);
    expect(request.rawHeaders).toEqual(['Host', 'x']);
    const joined = { headers: { authorization: ['Bearer abc'] }, rawHeaders: [] };
    expect(refusal(joined)).toBe(MORE_THAN_ONE);
  });

  it('leaves headers alone whose names have as many letters', () => {
    const others = ['Cache-Control', 'no-cache', 'If-None-Match', '"x"'];
    const request = requestWith('Bearer abc');
    request.rawHeaders.push(...others);
    expect(take(request)).toBe('abc');
    expect(request.rawHeaders).toEqual(['Host', 'x', ...others]);
    const anonymous = { headers: {}, rawHeaders: [...others] };
    expect(take(anonymous)).toBeUndefined();
    expect(anonymous.rawHeaders).toEqual(others);
  });

  it('reads requests that have one form of the headers alone, and removes the token from it', () => {
    const parsed = { headers: { authorization: 'Bearer abc' } };
    expect(take(parsed)).toBe('abc');
    expect(parsed).toEqual({ headers: {} });
    const raw = { rawHeaders: ['Host', 'x', 'Authorization', 'Bearer abc'] };
    expect(take(raw)).toBe('abc');
    expect(raw).toEqual({ rawHeaders: ['Host', 'x'] });
    expect(take({})).toBeUndefined();
  });

  it('leaves nothing of it on the request', () => {
    const request = requestWith('Bearer abc');
    take(request);
    expect(request).toEqual({ headers: { host: 'x' }, rawHeaders: ['Host', 'x'] });
  });

  it('reads the raw request behind a Fastify request', () => {
    const raw = requestWith('Bearer abc');
    expect(take({ raw, body: call() })).toBe('abc');
    expect(raw.headers).toEqual({ host: 'x' });
  });
});

describe('extractToken from _meta', () => {
  it('takes the token of a JSON-RPC message and of a batch', () => {
    expect(take(requestWith(undefined, call(bearer('abc'))))).toBe('abc');
    expect(take(requestWith(undefined, call({ token: 'abc' })))).toBe('abc');
    const batch = [call(bearer('abc')), call(), call(bearer('abc'))];
    expect(take(requestWith(undefined, batch))).toBe('abc');
  });

  it('removes authorization, and nothing else', () => {
    const body = [call(bearer('abc')), { jsonrpc: '2.0', params: { _meta: { authorization: 1 } } }];
    refusal(requestWith(undefined, body));
    expect(body).toEqual([call(), { jsonrpc: '2.0', params: { _meta: {} } }]);
  });

  it('removes it when it is not read, too', () => {
    const body = call(bearer('abc'));
    expect(take(requestWith('Bearer def', body), false)).toBe('def');
    expect(body).toEqual(call());
    expect(refusal(requestWith(undefined, call(7)), false)).toBe('accepted');
  });

  it('removes the copy of the body that Nest keeps with rawBody, where a token is in it', () => {
    for (const read of [true, false]) {
      const request = requestWith(undefined, call(bearer('abc')));
      const raw = { ...request, rawBody: Buffer.from('abc') };
      const fastify = { raw: { ...raw }, body: call(bearer('abc')), rawBody: raw.rawBody };
      for (const one of [raw, fastify]) take(one, read);
      expect([raw, fastify, fastify.raw].map((one) => 'rawBody' in one)).toEqual([
        false,
        false,
        false,
      ]);
    }
    const signed = { ...requestWith('Bearer abc', call()), rawBody: Buffer.from('{}') };
    take(signed);
    expect(signed.rawBody).toBeDefined();
  });

  it('removes the token of a header that comes with a malformed _meta', () => {
    const request = requestWith('Bearer abc', call('abc'));
    expect(refusal(request)).toBe(NOT_BEARER);
    expect(request).toEqual({ ...requestWith(undefined), body: call() });
  });

  it('accepts a header and _meta that agree, and refuses them when they differ', () => {
    expect(take(requestWith('Bearer abc', call(bearer('abc'))))).toBe('abc');
    expect(refusal(requestWith('Bearer abc', call(bearer('def'))))).toBe(DIFFERENT);
  });

  it('refuses a batch with two different tokens', () => {
    const batch = [call(bearer('abc')), call(bearer('def'))];
    expect(refusal(requestWith(undefined, batch))).toBe(DIFFERENT);
  });

  it.each([
    ['a bare string', 'abc', NOT_BEARER],
    ['a list', [bearer('abc')], NOT_BEARER],
    ['another type', { type: 'basic', token: 'abc' }, NOT_BEARER],
    ['a type that is not text', { type: 7, token: 'abc' }, NOT_BEARER],
    ['a type that is null', { type: null, token: 'abc' }, NOT_BEARER],
    ['a token that is not text', { type: 'bearer', token: 7 }, NOT_BEARER],
    ['no token', { type: 'bearer' }, NOT_BEARER],
    ['an empty token', bearer(''), MALFORMED],
    ['white space', bearer('a b'), MALFORMED],
    ['more than 8 KB', bearer('a'.repeat(8_193)), TOO_LONG],
  ])('refuses %s', (_, authorization, description) => {
    expect(refusal(requestWith(undefined, call(authorization)))).toBe(description);
  });

  it.each([null, undefined])('takes %s for no token, and removes it', (authorization) => {
    const body = { jsonrpc: '2.0', params: { _meta: { authorization } } };
    expect(take(requestWith('Bearer abc', body))).toBe('abc');
    expect(body).toStrictEqual({ jsonrpc: '2.0', params: { _meta: {} } });
  });

  it('reads JSON-RPC 2.0 only', () => {
    expect(take(requestWith(undefined, call(bearer('abc'), '1.0')))).toBeUndefined();
    const rest = { params: { _meta: { authorization: bearer('abc') } } };
    expect(take(requestWith(undefined, rest))).toBeUndefined();
    expect(rest.params._meta.authorization).toEqual(bearer('abc'));
  });

  it.each([[null], ['text'], [7], [{ jsonrpc: '2.0', params: [] }], [Buffer.from('{}')]])(
    'finds nothing in %j',
    (body) => {
      expect(take(requestWith(undefined, body))).toBeUndefined();
    },
  );
});

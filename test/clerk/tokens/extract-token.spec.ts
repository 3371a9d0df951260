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
const refusal = (request: object, metaAuthorization = true) => {
  try {
    take(request, metaAuthorization);
  } catch (error) {
    if (error instanceof AccessRefusedError) return error.refusal.reason;
    throw error;
  }
  return 'accepted';
};

describe('takeToken from the Authorization header', () => {
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
    ['an empty header', ''],
    ['a blank header', '   '],
    ['a scheme without a token', 'Bearer'],
    ['a token without a scheme', 'abc.def.ghi'],
    ['another scheme', 'Basic dXNlcjpwYXNz'],
    ['white space inside', 'Bearer abc def'],
    ['two credentials', 'Bearer abc, Bearer def'],
    ['a quoted token', 'Bearer "abc"'],
    ['non-ASCII letters', 'Bearer äbc'],
    ['more than 8 KB', `Bearer ${'a'.repeat(8193)}`],
  ])('refuses %s', (_, header) => {
    const request = requestWith(header);
    expect(refusal(request)).toBe('invalid_token');
    expect(JSON.stringify(request)).not.toContain('Authorization');
    expect(request.headers).toEqual({ host: 'x' });
  });

  it('refuses a second header, which Node itself drops', () => {
    expect(refusal(requestWith(['Bearer abc', 'Bearer abc']))).toBe('invalid_token');
    const request = requestWith('Bearer abc');
    request.rawHeaders.push('AUTHORIZATION', 'Bearer def');
    expect(refusal(request)).toBe('invalid_token');
    expect(request.rawHeaders).toEqual(['Host', 'x']);
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

describe('takeToken from _meta', () => {
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
    expect(refusal(request)).toBe('invalid_token');
    expect(request).toEqual({ ...requestWith(undefined), body: call() });
  });

  it('accepts a header and _meta that agree, and refuses them when they differ', () => {
    expect(take(requestWith('Bearer abc', call(bearer('abc'))))).toBe('abc');
    expect(refusal(requestWith('Bearer abc', call(bearer('def'))))).toBe('invalid_token');
  });

  it('refuses a batch with two different tokens', () => {
    const batch = [call(bearer('abc')), call(bearer('def'))];
    expect(refusal(requestWith(undefined, batch))).toBe('invalid_token');
  });

  it.each([
    ['a bare string', 'abc'],
    ['another type', { type: 'basic', token: 'abc' }],
    ['a token that is no string', { type: 'bearer', token: 7 }],
    ['no token', { type: 'bearer' }],
    ['an empty token', bearer('')],
    ['white space', bearer('a b')],
    ['more than 8 KB', bearer('a'.repeat(8193))],
  ])('refuses %s', (_, authorization) => {
    expect(refusal(requestWith(undefined, call(authorization)))).toBe('invalid_token');
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

import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { extractToken } from '../../../src/clerk/tokens/extract-token.js';
import { PresentedToken } from '../../../src/clerk/tokens/presented-token.js';

const OPTIONS = { metaAuthorization: true };

/** A request on a connection, as Node makes it. */
function requestOn(socket: object | undefined, ...headers: string[]): object {
  return {
    ...(socket && { socket }),
    headers: headers[0] === undefined ? {} : { authorization: headers[0] },
    rawHeaders: headers.flatMap((header) => ['Authorization', header]),
  };
}

function present(socket: object | undefined, header: string): PresentedToken | undefined {
  return extractToken(requestOn(socket, header), OPTIONS);
}

/** Presents a token that is then accepted. */
function accept(socket: object | undefined, header: string): PresentedToken {
  const request = requestOn(socket, header);
  const token = extractToken(request, OPTIONS);
  if (!token) throw new Error('There is no token.');
  token.keep(request);
  return token;
}

describe('the token of a connection', () => {
  it('is read once while the same header comes again', () => {
    const socket = {};
    const first = accept(socket, 'Bearer abc');
    expect(present(socket, 'Bearer abc')).toBe(first);
    expect(present(socket, 'Bearer abc')).toBe(first);
  });

  it('is removed from each request', () => {
    const socket = {};
    accept(socket, 'Bearer abc');
    const request = requestOn(socket, 'Bearer abc');
    extractToken(request, OPTIONS);
    expect(request).toEqual({ socket, headers: {}, rawHeaders: [] });
  });

  it('gives way to another one, whose caller is another one', () => {
    const socket = {};
    const first = accept(socket, 'Bearer abc');
    const second = accept(socket, 'Bearer abd');
    expect([first.value, second.value]).toEqual(['abc', 'abd']);
    expect(second.digest).not.toBe(first.digest);
    expect(present(socket, 'Bearer abd')).toBe(second);
    expect(present(socket, 'Bearer abc')).not.toBe(first);
  });

  it('is not kept before it was accepted', () => {
    const socket = {};
    const refused = present(socket, 'Bearer abc');
    expect(present(socket, 'Bearer abc')).not.toBe(refused);
  });

  it.each(['Bearer abc', 'bearer abc', 'Bearer  abc', 'Bearer abc '])(
    'takes %j for another header than the same token in other words',
    (header) => {
      const socket = {};
      const kept = accept(socket, 'BEARER abc');
      const token = present(socket, header);
      expect(token).not.toBe(kept);
      expect(token?.digest).toBe(kept.digest);
    },
  );

  it('belongs to its connection alone', () => {
    const kept = accept({}, 'Bearer abc');
    expect(present({}, 'Bearer abc')).not.toBe(kept);
    expect(present(undefined, 'Bearer abc')?.value).toBe('abc');
    expect(accept(undefined, 'Bearer abc').value).toBe('abc');
  });

  it('does not hide that a request has two', () => {
    const socket = {};
    accept(socket, 'Bearer abc');
    expect(() => extractToken(requestOn(socket, 'Bearer abc', 'Bearer abc'), OPTIONS)).toThrow(
      'invalid_token',
    );
  });

  it('is not the one of an anonymous request, nor one of the body', () => {
    const socket = {};
    accept(socket, 'Bearer abc');
    expect(extractToken(requestOn(socket), OPTIONS)).toBeUndefined();
    const body = {
      jsonrpc: '2.0',
      params: { _meta: { authorization: { type: 'bearer', token: 'xyz' } } },
    };
    const request = { ...requestOn(socket), body };
    const token = extractToken(request, OPTIONS);
    expect(token?.value).toBe('xyz');
    token?.keep(request);
    expect(present(socket, 'Bearer abc')?.value).toBe('abc');
  });

  it('is shown by no log and no copy', () => {
    const socket = { remoteAddress: '127.0.0.1' };
    const token = accept(socket, 'Bearer abc');
    void token.digest;
    const shown = [socket, token, { ...socket }, structuredClone(socket)].flatMap((one) => [
      inspect(one, { showHidden: true, depth: 9 }),
      JSON.stringify(one),
    ]);
    expect(shown.join()).not.toContain('abc');
  });
});

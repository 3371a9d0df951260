import { describe, expect, it } from 'vitest';
import { BearerRefusalResponder } from '../../src/access/refusal-responder.js';
import type { Refusal } from '../../src/access/refusal.js';

const responder = new BearerRefusalResponder();
const UNCACHED = { 'cache-control': 'no-store' };

describe('BearerRefusalResponder', () => {
  it.each<[Refusal, status: number, error: string, headers: Record<string, string>]>([
    [{ reason: 'unauthenticated' }, 401, 'unauthorized', { 'www-authenticate': 'Bearer' }],
    [
      { reason: 'token_expired' },
      401,
      'token_expired',
      { 'www-authenticate': 'Bearer error="invalid_token"' },
    ],
    [
      { reason: 'invalid_token', description: 'Wrong signature.' },
      401,
      'invalid_token',
      { 'www-authenticate': 'Bearer error="invalid_token"' },
    ],
    [
      { reason: 'insufficient_scope', scopes: ['a', 'b'] },
      403,
      'insufficient_scope',
      { 'www-authenticate': 'Bearer error="insufficient_scope", scope="a b"' },
    ],
    [{ reason: 'reverification', reverification: 'strict' }, 403, 'reverification', {}],
    [{ reason: 'forbidden', description: 'This needs the plan pro.' }, 403, 'forbidden', {}],
    [{ reason: 'misconfigured' }, 500, 'server_error', {}],
    [
      { reason: 'too_many_requests', retryAfter: 30 },
      429,
      'too_many_requests',
      { 'retry-after': '30' },
    ],
    [
      { reason: 'unavailable', retryAfter: 5 },
      503,
      'temporarily_unavailable',
      { 'retry-after': '5' },
    ],
  ])('answers %j with %i %s, which nobody caches', (refusal, status, error, headers) => {
    expect(responder.answer(refusal)).toEqual({
      status,
      headers: { ...headers, ...UNCACHED },
      body: { error },
    });
  });

  it('asks for the granted scopes again, because the new token replaces the old one', () => {
    const refusal = { reason: 'insufficient_scope', scopes: ['b'], granted: ['a'] } as const;
    expect(responder.answer(refusal).headers['www-authenticate']).toBe(
      'Bearer error="insufficient_scope", scope="a b"',
    );
  });
});

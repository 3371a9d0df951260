import { describe, expect, it } from 'vitest';
import { principalKey, type Principal } from '../../src/request/principal.js';
import { attachPrincipal, carrierOf, principalOf } from '../../src/request/request-record.js';

const alice: Principal = {
  tokenType: 'oauth_token',
  issuer: 'https://issuer.test',
  subject: 'user_alice',
  clientId: 'client',
  expiresAt: Infinity,
  claims: {},
};
const { clientId: _, ...withoutClient } = alice;

describe('principalKey', () => {
  it('stays the same for a refreshed credential with other scopes', () => {
    expect(principalKey({ ...alice, scopes: ['a'], expiresAt: 1, claims: { jti: '2' } })).toBe(
      principalKey(alice),
    );
  });

  it.each([
    ['subject', { ...alice, subject: 'user_bob' }],
    ['issuer', { ...alice, issuer: 'https://other.test' }],
    ['client', { ...alice, clientId: 'other' }],
    ['client, where one has none', withoutClient],
    ['organization', { ...alice, organization: { id: 'org_1' } }],
  ])('differs by %s', (_, other) => {
    expect(principalKey(other)).not.toBe(principalKey(alice));
  });

  it('cannot be forged by a subject that contains a separator', () => {
    expect(principalKey({ ...alice, subject: 'a","b', clientId: 'c' })).not.toBe(
      principalKey({ ...alice, subject: 'a', clientId: 'b","c' }),
    );
  });
});

describe('the principal of a request', () => {
  it('is found on the request of Node, wherever it was attached', () => {
    const raw = {};
    const framework = { raw };
    attachPrincipal(framework, alice);
    expect(principalOf(raw)).toBe(alice);
    expect(principalOf(framework)).toBe(alice);
    attachPrincipal(raw, undefined);
    expect(principalOf(framework)).toBeUndefined();
  });

  it('is nobody until somebody is attached', () => {
    expect(principalOf({})).toBeUndefined();
    expect(principalOf({ raw: {} })).toBeUndefined();
  });

  it('is attached to a request whose own `raw` is no object', () => {
    const request = { raw: null };
    attachPrincipal(request, alice);
    expect(principalOf(request)).toBe(alice);
  });

  it('belongs to one request only', () => {
    const [one, other] = [{ raw: {} }, { raw: {} }];
    attachPrincipal(one, alice);
    expect(principalOf(other)).toBeUndefined();
  });

  it('is not visible in what a request logs or serializes as', () => {
    const raw = {};
    attachPrincipal(raw, alice);
    expect(JSON.stringify(raw)).toBe('{}');
  });
});

describe('carrierOf', () => {
  it('is what all layers share', () => {
    const raw = { headers: {} };
    expect(carrierOf({ raw })).toBe(raw);
    expect(carrierOf(raw)).toBe(raw);
  });
});

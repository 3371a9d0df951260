import type { INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  PrincipalRenewal,
  TokenAuthenticator,
  CallScope,
} from '../../../src/request/authentication.js';
import { principalOf } from '../../../src/request/request-record.js';
import { ClerkAuthModule } from '../../../src/clerk/clerk-auth.module.js';
import { RequestAuthenticator } from '../../../src/clerk/http/request-authenticator.js';
import { ClerkContext } from '../../../src/clerk/user/clerk-context.js';
import { catchErrorLog } from '../support/error-log.js';
import { FakeClerk, opaqueVerdict, VERIFY_PATH } from '../support/fake-clerk.js';
import { refusalOf } from '../support/token-verifier.js';

const USER = '/v1/users/user_alice';
const SESSION = '/v1/sessions/sess_1';
const MEMBERSHIPS = '/v1/users/user_alice/organization_memberships';
const OPAQUE = 'oat_0123456789';

catchErrorLog();
let clerk: FakeClerk;
let app: INestApplicationContext;
beforeAll(async () => {
  clerk = await FakeClerk.start();
});
afterAll(() => clerk.close());
beforeEach(async () => {
  clerk.reset();
  clerk.on(USER, () => ({ json: user() }));
  clerk.on(SESSION, () => ({ json: session() }));
  clerk.on(MEMBERSHIPS, () => ({ json: { data: [membership()], total_count: 1 } }));
  clerk.on(VERIFY_PATH, () => ({ json: opaqueVerdict() }));
  const options = clerk.options({
    acceptedTokens: ['oauth_token', 'session_token', 'api_key', 'm2m_token'],
    limits: { timeoutMs: 1_000 },
  });
  app = await Test.createTestingModule({ imports: [ClerkAuthModule.forRoot(options)] }).compile();
});
afterEach(() => app.close());

const user = (overrides = {}) => ({
  object: 'user',
  id: 'user_alice',
  banned: false,
  locked: false,
  email_addresses: [],
  phone_numbers: [],
  web3_wallets: [],
  external_accounts: [],
  enterprise_accounts: [],
  ...overrides,
});
const session = (overrides = {}) => ({
  object: 'session',
  id: 'sess_1',
  user_id: 'user_alice',
  status: 'active',
  ...overrides,
});
const membership = (role = 'org:admin', id = 'org_1') => ({
  object: 'organization_membership',
  id: 'orgmem_1',
  role,
  permissions: [],
  organization: { object: 'organization', id, name: 'One', slug: 'one' },
  public_user_data: { user_id: 'user_alice' },
});
const signedIn = async (token: string) => {
  const request = { headers: { authorization: `Bearer ${token}` } };
  await app.get(RequestAuthenticator).authenticate(request);
  return request;
};
const renew = (request: object) => app.get(PrincipalRenewal).renew(request);
const inOrganization = { o: { id: 'org_1', slg: 'one', rol: 'admin' } };

describe('PrincipalRenewal', () => {
  it('leaves an anonymous request anonymous, and asks nobody', async () => {
    const request = { headers: {} };
    await app.get(RequestAuthenticator).authenticate(request);
    expect(await renew(request)).toBeUndefined();
    expect(clerk.requests).toEqual([]);
  });

  it('asks Clerk about an opaque token each time, past the verdict that is kept', async () => {
    const request = await signedIn(OPAQUE);
    await signedIn(OPAQUE);
    expect(clerk.count(VERIFY_PATH)).toBe(1);
    await renew(request);
    expect(await renew(request)).toMatchObject({ subject: 'user_alice', clientId: 'client_1' });
    expect(clerk.count(VERIFY_PATH)).toBe(3);
  });

  it('refuses an opaque token that was revoked a moment ago, here and from now on', async () => {
    const request = await signedIn(OPAQUE);
    clerk.on(VERIFY_PATH, () => ({ json: opaqueVerdict({ revoked: true }) }));
    expect(await refusalOf(renew(request))).toMatchObject({ reason: 'invalid_token' });
    expect(principalOf(request)).toBeUndefined();
    expect(await refusalOf(signedIn(OPAQUE))).toMatchObject({ reason: 'invalid_token' });
    expect(clerk.count(VERIFY_PATH)).toBe(2);
  });

  it('attaches the principal as Clerk describes it now', async () => {
    const request = await signedIn(OPAQUE);
    clerk.on(VERIFY_PATH, () => ({ json: opaqueVerdict({ scopes: ['profile'] }) }));
    const renewed = await renew(request);
    expect(renewed?.scopes).toEqual(['profile']);
    expect(principalOf(request)).toBe(renewed);
  });

  it.each<[string, () => void]>([
    ['has ended', () => clerk.on(SESSION, () => ({ json: session({ status: 'ended' }) }))],
    ['was revoked', () => clerk.on(SESSION, () => ({ json: session({ status: 'revoked' }) }))],
    ['is unknown', () => clerk.on(SESSION, () => ({ status: 404, json: { errors: [] } }))],
    [
      'is of somebody else',
      () => clerk.on(SESSION, () => ({ json: session({ user_id: 'user_b' }) })),
    ],
  ])('refuses a session token whose session %s', async (_, change) => {
    const request = await signedIn(await clerk.sessionToken());
    expect(await renew(request)).toMatchObject({ sessionId: 'sess_1' });
    change();
    expect(await refusalOf(renew(request))).toMatchObject({ reason: 'invalid_token' });
    expect(principalOf(request)).toBeUndefined();
  });

  it.each<[string, () => void]>([
    ['is banned', () => clerk.on(USER, () => ({ json: user({ banned: true }) }))],
    ['is locked', () => clerk.on(USER, () => ({ json: user({ locked: true }) }))],
    ['is deprovisioned', () => clerk.on(USER, () => ({ json: user({ deprovisioned: true }) }))],
    ['is of unknown standing', () => clerk.on(USER, () => ({ json: user({ banned: undefined }) }))],
    ['is gone', () => clerk.on(USER, () => ({ status: 404, json: { errors: [] } }))],
  ])('refuses every token of a user who %s', async (_, change) => {
    const tokens = [OPAQUE, await clerk.oauthToken(), await clerk.sessionToken()];
    const requests = await Promise.all(tokens.map(signedIn));
    await Promise.all(requests.map(renew));
    change();
    for (const request of requests) {
      expect(await refusalOf(renew(request))).toMatchObject({ reason: 'invalid_token' });
    }
  });

  it('does not take a record of the user that is kept for an answer', async () => {
    const request = await signedIn(await clerk.oauthToken());
    await app.get(ClerkContext).run(principalOf(request), () => app.get(ClerkContext).getUser());
    clerk.on(USER, () => ({ json: user({ banned: true }) }));
    expect(await refusalOf(renew(request))).toMatchObject({ reason: 'invalid_token' });
  });

  it('refuses a member who left, and sends one with another role for a new token', async () => {
    const request = await signedIn(await clerk.sessionToken(inOrganization));
    expect(await renew(request)).toMatchObject({ organization: { id: 'org_1' } });
    const serve = (entry: object) =>
      clerk.on(MEMBERSHIPS, () => ({ json: { data: [entry], total_count: 1 } }));
    serve(membership('org:member'));
    expect(await refusalOf(renew(request))).toEqual({ reason: 'token_expired' });
    const again = await signedIn(await clerk.sessionToken(inOrganization));
    serve(membership('org:admin', 'org_2'));
    expect(await refusalOf(renew(again))).toMatchObject({ reason: 'invalid_token' });
  });

  it('verifies a machine again without asking about users', async () => {
    clerk.on('/m2m_tokens/verify', () => ({
      json: {
        object: 'machine_to_machine_token',
        id: 'mt_1',
        subject: 'mch_1',
        scopes: [],
        claims: null,
        revoked: false,
        expired: false,
        expiration: null,
      },
    }));
    const request = await signedIn('mt_0123456789');
    expect(await renew(request)).toMatchObject({ subject: 'mch_1' });
    expect(clerk.count('/m2m_tokens/verify')).toBe(2);
    expect(clerk.count(USER)).toBe(0);
  });

  it.each<[string, string]>([
    ['the session', SESSION],
    ['the user', USER],
    ['the memberships', MEMBERSHIPS],
  ])('is unavailable, not a refusal of the caller, while Clerk hangs over %s', async (_, path) => {
    const request = await signedIn(await clerk.sessionToken(inOrganization));
    const known = principalOf(request);
    clerk.on(path, () => ({ hangs: true }));
    expect(await refusalOf(renew(request))).toMatchObject({ reason: 'unavailable' });
    expect(principalOf(request)).toBe(known);
    clerk.on(path, () => ({ status: 401, json: { errors: [] } }));
    expect(await refusalOf(renew(request))).toEqual({ reason: 'misconfigured' });
  });

  it('renews the caller of a connection without requests', async () => {
    const principal = await app.get(TokenAuthenticator).authenticate(OPAQUE);
    const request = {};
    const renewed = await app.get(CallScope).run(request, principal, () => renew(request));
    expect(renewed).toMatchObject({ subject: 'user_alice' });
    expect(clerk.count(VERIFY_PATH)).toBe(2);
  });

  it('refuses a principal whose credential nobody brought', async () => {
    const principal = await app.get(TokenAuthenticator).authenticate(OPAQUE);
    const request = {};
    const renewed = app.get(CallScope).run(request, { ...principal }, () => renew(request));
    expect(await refusalOf(renewed)).toMatchObject({ reason: 'invalid_token' });
  });
});

import { Test } from '@nestjs/testing';
import { describe, expect, it, vi } from 'vitest';
import { AccessControl } from '../../../src/access/access-control.js';
import { protectedBy, type AccessRequirement } from '../../../src/access/access-rule.js';
import { requirement } from '../../../src/access/requirement.js';
import type { Principal } from '../../../src/request/principal.js';
import { ClerkAuthGuard } from '../../../src/clerk/http/clerk-auth.guard.js';
import { ClerkAuthModule } from '../../../src/clerk/clerk-auth.module.js';
import { CLERK_CLIENT } from '../../../src/clerk/api/clerk.client.js';
import {
  ClerkBackendError,
  ClerkClientNotInitializedError,
  ClerkSessionNotInitializedError,
} from '../../../src/clerk/clerk.errors.js';
import { ClerkContext } from '../../../src/clerk/user/clerk-context.js';
import { clerkOfTests } from '../support/clerk-of-tests.js';
import { catchErrorLog } from '../support/error-log.js';
import { type FakeAnswer } from '../support/fake-clerk.js';

const USER = '/v1/users/user_alice';
const MEMBERSHIPS = '/v1/users/user_alice/organization_memberships';

catchErrorLog();
const clerk = await clerkOfTests();

const alice: Principal = {
  tokenType: 'oauth_token',
  issuer: 'https://clerk.example.com',
  subject: 'user_alice',
  userId: 'user_alice',
  scopes: ['profile'],
  issuedAt: 1_700_000_000_000,
  expiresAt: 1_700_000_600_000,
  claims: { sub: 'user_alice' },
};
const bob: Principal = { ...alice, subject: 'user_bob', userId: 'user_bob' };
const create = async (limits = {}) => {
  const module = await Test.createTestingModule({
    imports: [ClerkAuthModule.forRoot(clerk.options({ limits }))],
  }).compile();
  return { module, context: module.get(ClerkContext) };
};
const user = () => ({
  object: 'user',
  id: 'user_alice',
  first_name: 'Alice',
  email_addresses: [],
  phone_numbers: [],
  web3_wallets: [],
  external_accounts: [],
  enterprise_accounts: [],
});
const serve = (answer: FakeAnswer) => clerk.on(USER, () => answer);
const codeOf = async (promise: Promise<unknown>) => {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof ClerkBackendError ? error.code : error;
};

describe('ClerkContext.runAsUser', () => {
  it('gives a job the user, and no session', async () => {
    const { context } = await create();
    serve({ json: user() });
    await context.runAsUser('user_alice', async () => {
      const who = { subject: 'user_alice', userId: 'user_alice' };
      const job = { ...who, tokenType: 'background_job', issuer: clerk.url };
      expect(context.principal).toEqual({ ...job, expiresAt: Infinity, claims: {} });
      expect(context.session).toBeUndefined();
      expect(() => context.getSession()).toThrow(ClerkSessionNotInitializedError);
      expect(await context.getUser()).toMatchObject({ id: 'user_alice', firstName: 'Alice' });
      expect(await context.getOrganization()).toBeUndefined();
    });
    expect(context.principal).toBeUndefined();
  });

  it('keeps nested and concurrent jobs apart', async () => {
    const { context } = await create();
    const userAfter = async (userId: string) =>
      context.runAsUser(userId, async () => {
        await Promise.resolve();
        const inner = context.runAsUser(`${userId}_inner`, () => context.principal?.userId);
        return [context.principal?.userId, inner];
      });
    const ids = Array.from({ length: 20 }, (_, n) => `user_${n}`);
    expect(await Promise.all(ids.map(userAfter))).toEqual(ids.map((id) => [id, `${id}_inner`]));
  });

  it('satisfies @Authenticated(), and no requirement for scopes or kinds of credential', async () => {
    const { context, module } = await create();
    const control = module.get(AccessControl, { strict: false });
    const isAllowed = async (...requirements: AccessRequirement[]) =>
      context.runAsUser('user_alice', async () => {
        return (await control.decide(protectedBy(...requirements), context.principal)).allowed;
      });
    expect(await isAllowed()).toBe(true);
    expect(await isAllowed(requirement.scopes('profile'))).toBe(false);
    expect(await isAllowed(requirement.tokens('oauth_token', 'session_token'))).toBe(false);
    expect(await isAllowed(requirement.organization())).toBe(false);
  });

  it('is anonymous for access decisions after expiresAt', async () => {
    const { context, module } = await create();
    const control = module.get(AccessControl, { strict: false });
    const expiresAt = Date.now() + 1_000;
    const decide = () =>
      context.runAsUser('user_alice', () => control.decide(protectedBy(), context.principal), {
        expiresAt,
      });
    expect(await decide()).toEqual({ allowed: true });
    vi.setSystemTime(expiresAt);
    expect(await decide()).toMatchObject({ refusal: { reason: 'unauthenticated' } });
  });
});

describe('ClerkContext outside of a request', () => {
  it('has no principal, and says what to do', async () => {
    const { context } = await create();
    expect(context.principal).toBeUndefined();
    expect(context.session).toBeUndefined();
    expect(() => context.getSession()).toThrow(ClerkSessionNotInitializedError);
    expect(() => context.getSession()).toThrow(/^\[Clerk\] Session not initialized\. /);
    await expect(context.getUser()).rejects.toThrow(ClerkSessionNotInitializedError);
    await expect(context.getOrganization()).rejects.toThrow(ClerkSessionNotInitializedError);
    expect(() => context.getClient()).toThrow(ClerkClientNotInitializedError);
    expect(() => context.getClient()).toThrow(/^\[Clerk\] Clerk client not initialized\. /);
  });

  it('is anonymous in run(undefined), even inside the run of somebody', async () => {
    const { context, module } = await create();
    context.run(alice, () => {
      context.run(undefined, () => {
        expect(context.principal).toBeUndefined();
        expect(() => context.getSession()).toThrow(ClerkSessionNotInitializedError);
        expect(context.getClient()).toBe(module.get(CLERK_CLIENT));
      });
      expect(context.principal).toBe(alice);
    });
    expect(context.principal).toBeUndefined();
  });

  it('keeps interleaved runs apart', async () => {
    const { context } = await create();
    const seen = (principal: Principal) =>
      context.run(principal, async () => {
        await Promise.resolve();
        return context.getSession().userId;
      });
    expect(await Promise.all([seen(alice), seen(bob), seen(alice)])).toEqual([
      'user_alice',
      'user_bob',
      'user_alice',
    ]);
  });
});

describe('getSession', () => {
  it('has the shape of the seed', async () => {
    const { context } = await create();
    const organization = { id: 'org_1', role: 'org:admin', permissions: ['org:notes:write'] };
    const principal = { ...alice, sessionId: 'sess_1', organization };
    expect(context.run(principal, () => context.getSession())).toEqual({
      userId: 'user_alice',
      sessionId: 'sess_1',
      organizationId: 'org_1',
      organizationRole: 'org:admin',
      organizationPermissions: ['org:notes:write'],
      issuedAt: new Date(1_700_000_000_000),
      expiresAt: new Date(1_700_000_600_000),
      claims: { sub: 'user_alice' },
    });
  });

  it('needs a user, not only a machine', async () => {
    const { context } = await create();
    const { userId: _, ...machine } = { ...alice, subject: 'mch_1', expiresAt: Infinity };
    expect(context.run(machine, () => context.session)).toBeUndefined();
    const key = { ...alice, expiresAt: Infinity };
    expect(context.run(key, () => context.getSession().expiresAt.getTime())).toBe(8.64e15);
  });
});

describe('getUser', () => {
  it('asks once for concurrent callers and keeps the answer for 30 seconds', async () => {
    serve({ json: user() });
    const { context } = await create();
    const ask = () => context.run(alice, () => context.getUser());
    const [first] = await Promise.all([ask(), ask(), ask()]);
    expect(first).toMatchObject({ id: 'user_alice', firstName: 'Alice' });
    vi.setSystemTime(Date.now() + 29_000);
    await ask();
    expect(clerk.count(USER)).toBe(1);
    vi.setSystemTime(Date.now() + 2_000);
    await ask();
    expect(clerk.count(USER)).toBe(2);
  });

  it.each<[string, FakeAnswer, string]>([
    ['404', { status: 404, json: { errors: [] } }, 'CLERK_NOT_FOUND'],
    ['401', { status: 401, json: { errors: [] } }, 'CLERK_MISCONFIGURED'],
    ['429', { status: 429, json: { errors: [] } }, 'CLERK_UNAVAILABLE'],
    ['500', { status: 500, json: { errors: [] } }, 'CLERK_UNAVAILABLE'],
    ['a hanging connection', { hangs: true }, 'CLERK_UNAVAILABLE'],
    ['somebody else', { json: { ...user(), id: 'user_bob' } }, 'CLERK_UNAVAILABLE'],
    [
      'a body of another content type',
      { json: user(), headers: { 'content-type': 'application/json; charset=utf-8' } },
      'CLERK_UNAVAILABLE',
    ],
  ])('answers %s with a typed error, and asks again next time', async (_, answer, code) => {
    serve(answer);
    const { context } = await create({ timeoutMs: 1_000 });
    const ask = () => context.run(alice, () => context.getUser());
    expect(await codeOf(ask())).toBe(code);
    serve({ json: user() });
    expect((await ask()).id).toBe('user_alice');
  });
});

describe('getOrganization', () => {
  const membership = {
    object: 'organization_membership',
    id: 'orgmem_1',
    role: 'org:admin',
    permissions: ['org:notes:write'],
    organization: { object: 'organization', id: 'org_1', name: 'Acme', slug: 'acme' },
    public_user_data: { user_id: 'user_alice' },
  };
  const inOrganization = (id: string): Principal => ({ ...alice, organization: { id } });

  it('completes what the token says from the membership, and asks once', async () => {
    clerk.on(MEMBERSHIPS, () => ({ json: { data: [membership], total_count: 1 } }));
    const { context } = await create();
    const ask = () => context.run(inOrganization('org_1'), () => context.getOrganization());
    await ask();
    expect(await ask()).toEqual({
      id: 'org_1',
      name: 'Acme',
      slug: 'acme',
      role: 'org:admin',
      permissions: ['org:notes:write'],
    });
    expect(clerk.count(MEMBERSHIPS)).toBe(1);
  });

  it('gives no role to somebody who is no member', async () => {
    clerk.on(MEMBERSHIPS, () => ({ json: { data: [membership], total_count: 1 } }));
    const { context } = await create();
    const ask = () => context.run(inOrganization('org_2'), () => context.getOrganization());
    expect(await ask()).toEqual({ id: 'org_2' });
  });

  it('is undefined for a token without one, and asks nobody', async () => {
    const { context } = await create();
    expect(await context.run(alice, () => context.getOrganization())).toBeUndefined();
    expect(clerk.requests).toEqual([]);
  });

  it('finds the organization that an API key belongs to', async () => {
    clerk.on('/v1/organizations/org_1', () => ({ json: membership.organization }));
    const { context } = await create();
    const { userId: _, ...key } = { ...inOrganization('org_1'), subject: 'org_1' };
    expect(await context.run(key, () => context.getOrganization())).toEqual({
      id: 'org_1',
      name: 'Acme',
      slug: 'acme',
    });
  });
});

describe('ClerkAuthModule', () => {
  it('gives the guard to whoever asks by reference', async () => {
    const { module } = await create();
    expect(module.get(ClerkAuthGuard, { strict: false })).toBeInstanceOf(ClerkAuthGuard);
  });

  it('stops the boot when something is missing', async () => {
    const boot = Test.createTestingModule({
      imports: [ClerkAuthModule.forRoot(clerk.options({ secretKey: '' }))],
    }).compile();
    await expect(boot).rejects.toThrow('[Clerk] Missing required config: secretKey');
  });

  it('reports nothing to anybody', async () => {
    const { module } = await create();
    const { telemetry } = module.get<{ telemetry: { isEnabled: boolean } }>(CLERK_CLIENT);
    expect(telemetry.isEnabled).toBe(false);
  });
});

import { Logger, type INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Principal } from '../../../src/request/principal.js';
import { Revocations, type Revocation } from '../../../src/access/revocation.js';
import { TokenAuthenticator } from '../../../src/request/authentication.js';
import { ClerkAuthModule } from '../../../src/clerk/clerk-auth.module.js';
import { ClerkRevocations } from '../../../src/clerk/revocation/clerk-revocations.js';
import { InvalidRevocationError } from '../../../src/clerk/clerk.errors.js';
import { RevocationBus } from '../../../src/clerk/revocation/revocation-bus.js';
import { VerdictCache } from '../../../src/clerk/tokens/verdict-cache.js';
import { ClerkContext } from '../../../src/clerk/user/clerk-context.js';
import { catchErrorLog } from '../support/error-log.js';
import { FakeClerk, opaqueVerdict, VERIFY_PATH, type FakeAnswer } from '../support/fake-clerk.js';
import { refusalOf } from '../support/token-verifier.js';
import { eventually } from '../../support/within.js';

const OPAQUE = 'oat_0123456789';
const REVOKED = { reason: 'invalid_token', description: 'The access token was revoked.' };

catchErrorLog();
let clerk: FakeClerk;
let app: INestApplicationContext;
beforeAll(async () => {
  clerk = await FakeClerk.start();
});
afterAll(() => clerk.close());
beforeEach(async () => {
  clerk.reset();
  clerk.on(VERIFY_PATH, () => ({ json: opaqueVerdict() }));
  app = await start();
});
afterEach(() => app.close());

const start = (bus?: RevocationBus) => {
  const builder = Test.createTestingModule({
    imports: [ClerkAuthModule.forRoot(clerk.options({ limits: { maxRevocations: 2 } }))],
  });
  return (bus ? builder.overrideProvider(RevocationBus).useValue(bus) : builder).compile();
};
const verify = (token: string, on = app) => on.get(TokenAuthenticator).authenticate(token);
const revoke = (revocation: Revocation, on = app) => on.get(ClerkRevocations).revoke(revocation);
const size = () => (app.get(VerdictCache, { strict: false }) as unknown as { size: number }).size;

describe('ClerkRevocations', () => {
  it('turns every kind of credential of a user away at once, verdicts kept or not', async () => {
    const tokens = [OPAQUE, await clerk.oauthToken(), await clerk.sessionToken()];
    await Promise.all(tokens.map((token) => verify(token)));
    tokens.push(await clerk.oauthToken());
    await revoke({ userId: 'user_alice' });
    for (const token of tokens) expect(await refusalOf(verify(token))).toEqual(REVOKED);
    expect(await verify(await clerk.oauthToken({ sub: 'user_bob' }))).toMatchObject({
      subject: 'user_bob',
    });
  });

  it('lets in what is issued after the moment it names', async () => {
    const now = Math.floor(Date.now() / 1000);
    const old = await clerk.oauthToken({ iat: now - 10 });
    await revoke({ userId: 'user_alice', before: (now - 5) * 1000 });
    expect(await refusalOf(verify(old))).toEqual(REVOKED);
    expect(await verify(await clerk.oauthToken({ iat: now - 4 }))).toBeDefined();
  });

  it('forgets the verdicts on those concerned, and asks Clerk again', async () => {
    const bob = await clerk.oauthToken({ sub: 'user_bob' });
    await Promise.all([verify(OPAQUE), verify(bob)]);
    expect(size()).toBe(2);
    await revoke({ userId: 'user_alice', before: 1 });
    expect(size()).toBe(2);
    await revoke({ userId: 'user_alice', before: Date.now() });
    expect(size()).toBe(1);
  });

  it.each([
    ['opaque', async () => OPAQUE],
    ['JWT', () => clerk.oauthToken()],
  ])('turns away and does not keep a verdict that was under way (%s)', async (_, mint) => {
    const token = await mint();
    const release = holdBack(VERIFY_PATH, { json: opaqueVerdict() });
    const keys = holdBack('/v1/jwks', { json: { keys: clerk.keys.map(({ jwk }) => jwk) } });
    const callers = [verify(token), verify(token)].map((caller) => refusalOf(caller));
    await eventually(() => expect(clerk.requests.length).toBe(1));
    await revoke({ userId: 'user_alice' });
    release();
    keys();
    for (const caller of callers) expect(await caller).toEqual(REVOKED);
    expect(size()).toBe(0);
  });

  it('never lets a call in that began after the revocation, whatever is going on', async () => {
    const token = await clerk.oauthToken();
    let revokedAt = Infinity;
    let started = 0;
    const late: number[] = [];
    const caller = async () => {
      for (let round = 0; round < 50; round += 1) {
        const order = (started += 1);
        await verify(token).then(
          () => order > revokedAt && late.push(order),
          () => undefined,
        );
      }
    };
    const callers = Array.from({ length: 20 }, caller);
    await Promise.resolve();
    await revoke({ tokenId: jtiOf(token) });
    revokedAt = started;
    await Promise.all(callers);
    expect(started).toBe(1_000);
    expect(late).toEqual([]);
    expect(await refusalOf(verify(token))).toEqual(REVOKED);
  });

  it('tells listeners once the gate is shut, each of them', async () => {
    const principal = await verify(OPAQUE);
    const heard: unknown[] = [];
    const revocations = app.get(Revocations);
    revocations.subscribe(() => {
      throw new Error('a listener fails');
    });
    const stop = revocations.subscribe((revocation) =>
      heard.push([revocation, revocations.isRevoked(principal)]),
    );
    await revoke({ userId: 'user_alice' });
    expect(heard).toEqual([[{ userId: 'user_alice' }, true]]);
    stop();
    await revoke({ userId: 'user_bob' });
    expect(heard).toHaveLength(1);
  });

  it.each<[string, unknown]>([
    ['nothing', {}],
    ['only a time', { before: 1 }],
    ['an empty id', { userId: '' }],
    ['a number', { userId: 1 }],
    ['no time', { userId: 'user_a', before: '2026' }],
    ['an invalid date', { userId: 'user_a', before: NaN }],
    ['a role of no organization', { userId: 'user_a', exceptRole: 'org:member' }],
    ['no object', 'user_a'],
  ])('refuses to revoke %s', async (_, revocation) => {
    await expect(revoke(revocation as Revocation)).rejects.toThrow(InvalidRevocationError);
  });

  it('says when there are more revocations than it may keep', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    for (const userId of ['user_1', 'user_2', 'user_3', 'user_4']) await revoke({ userId });
    expect(warn.mock.calls).toEqual([[expect.stringContaining('limits.maxRevocations')]]);
    warn.mockRestore();
    expect(await verify(await clerk.oauthToken({ sub: 'user_1' }))).toBeDefined();
    expect(await refusalOf(verify(await clerk.oauthToken({ sub: 'user_4' })))).toEqual(REVOKED);
  });
});

describe('The bus of revocations', () => {
  /** Stands for a network: JSON goes over it, also what other programs send. */
  class Network extends RevocationBus {
    readonly listeners = new Set<(revocation: Revocation) => void>();
    async publish(revocation: Revocation) {
      const message = JSON.stringify(revocation);
      await Promise.resolve();
      for (const listener of this.listeners) listener(JSON.parse(message));
    }
    subscribe(listener: (revocation: Revocation) => void) {
      this.listeners.add(listener);
      return () => this.listeners.delete(listener);
    }
  }

  it('carries a revocation to every node', async () => {
    const network = new Network();
    const [one, other] = await Promise.all([start(network), start(network)]);
    await verify(OPAQUE, other);
    await revoke({ userId: 'user_alice' }, one);
    expect(await refusalOf(verify(OPAQUE, one))).toEqual(REVOKED);
    expect(await refusalOf(verify(OPAQUE, other))).toEqual(REVOKED);
    await Promise.all([one.close(), other.close()]);
    expect(network.listeners.size).toBe(0);
  });

  it('may bring anything: what is no revocation revokes nothing', async () => {
    const network = new Network();
    const node = await start(network);
    for (const message of [null, 'all', {}, { userId: 1 }, [{ userId: 'user_alice' }]]) {
      await network.publish(message as unknown as Revocation);
    }
    expect(await verify(OPAQUE, node)).toBeDefined();
    await node.close();
  });
});

describe('What is known of users and organizations', () => {
  const USER = '/v1/users/user_alice';
  const MEMBERSHIPS = `${USER}/organization_memberships`;
  const user = {
    object: 'user',
    id: 'user_alice',
    email_addresses: [],
    phone_numbers: [],
    web3_wallets: [],
    external_accounts: [],
    enterprise_accounts: [],
  };
  const read = async (what: 'getUser' | 'getOrganization', principal: Principal) =>
    app.get(ClerkContext).run(principal, () => app.get(ClerkContext)[what]());

  beforeEach(() => {
    clerk.on(USER, () => ({ json: user }));
    clerk.on(MEMBERSHIPS, () => ({ json: { data: [], total_count: 0 } }));
  });

  it('is asked again after a revocation of the user, and not after one of somebody else', async () => {
    const alice = { ...(await verify(OPAQUE)), organization: { id: 'org_1' } };
    const ask = () => Promise.all([read('getUser', alice), read('getOrganization', alice)]);
    await ask();
    await revoke({ userId: 'user_bob' });
    await ask();
    expect([clerk.count(USER), clerk.count(MEMBERSHIPS)]).toEqual([1, 1]);
    await revoke({ userId: 'user_alice', organizationId: 'org_1' });
    await ask();
    expect([clerk.count(USER), clerk.count(MEMBERSHIPS)]).toEqual([2, 2]);
    await revoke({ organizationId: 'org_1' });
    await ask();
    expect([clerk.count(USER), clerk.count(MEMBERSHIPS)]).toEqual([2, 3]);
  });

  it('is not kept when it was on its way during the revocation', async () => {
    const alice = await verify(OPAQUE);
    const release = holdBack(USER, { json: user });
    const early = read('getUser', alice);
    await eventually(() => expect(clerk.count(USER)).toBe(1));
    await revoke({ userId: 'user_alice' });
    release();
    await early;
    await read('getUser', alice);
    expect(clerk.count(USER)).toBe(2);
  });

  it('is not awaited together with a question from before the revocation', async () => {
    const alice = await verify(OPAQUE);
    const release = holdBack(USER, { json: user });
    const early = read('getUser', alice);
    await eventually(() => expect(clerk.count(USER)).toBe(1));
    await revoke({ userId: 'user_alice' });
    const late = read('getUser', alice);
    await eventually(() => expect(clerk.count(USER)).toBe(2));
    release();
    await Promise.all([early, late]);
  });
});

/** Lets Clerk answer a path only when the returned function is called. */
function holdBack(path: string, answer: FakeAnswer): () => void {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  clerk.on(path, () => ({ ...answer, after: held }));
  return release;
}

function jtiOf(token: string): string {
  const [, claims = ''] = token.split('.');
  return JSON.parse(Buffer.from(claims, 'base64url').toString()).jti;
}

import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Principal } from '../../../src/request/principal.js';
import { SharedVerdictCache } from '../../../src/clerk/tokens/shared-verdict-cache.js';
import { InProcessVerdictCache, type Verdict } from '../../../src/clerk/tokens/verdict-cache.js';
import { type NodeInProcess, ServiceOfNodes } from '../../support/service-of-nodes.js';

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;
const KEY = 'rules:oauth_token:digest';
const principal: Principal = {
  tokenType: 'oauth_token',
  issuer: 'https://clerk.example.com',
  subject: 'user_alice',
  userId: 'user_alice',
  scopes: ['profile'],
  expiresAt: Infinity,
  claims: { aud: ['x'] },
};
const accepted = (until = Date.now() + HOUR): Verdict => ({
  outcome: 'accepted',
  principal,
  until,
});
const cacheAt = (node: NodeInProcess, ttlMs = 2 * HOUR) =>
  new SharedVerdictCache(new InProcessVerdictCache(10, 1_000_000), node, ttlMs);

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

describe('SharedVerdictCache', () => {
  it('lets other nodes find what one has verified, and asks the engine once', async () => {
    const engine = new ServiceOfNodes();
    const verdict = accepted();
    await cacheAt(engine.node()).set(KEY, verdict);
    const other = cacheAt(engine.node());
    const [first, second] = await Promise.all([other.get(KEY), other.get(KEY)]);

    expect([first, second]).toEqual([verdict, verdict]);
    expect(other.get(KEY)).toEqual(verdict);
    expect(engine.commands).toEqual(['records.put', 'records.get']);
  });

  it.each([
    ['a JWT', 'rules:fingerprint-of-keys:digest', accepted()],
    ['a refusal', KEY, { outcome: 'refused', refusal: { reason: 'invalid_token' }, until: 9e15 }],
    ['an expired verdict', KEY, accepted(1)],
  ] as const)('does not share %s', async (_, key, verdict) => {
    const engine = new ServiceOfNodes();
    const cache = cacheAt(engine.node());
    await cache.set(key, verdict as Verdict);

    expect(engine.commands).toEqual([]);
    if (key !== KEY) expect(cache.get(key)).toEqual(verdict);
  });

  it('knows nothing of another token, nor of the same one under other rules', async () => {
    const engine = new ServiceOfNodes();
    await cacheAt(engine.node()).set(KEY, accepted());
    const other = cacheAt(engine.node());

    expect(await other.get('rules:oauth_token:another')).toBeUndefined();
    expect(await other.get('rules:api_key:digest')).toBeUndefined();
    expect(await other.get('others:oauth_token:digest')).toBeUndefined();
    expect(await other.get(KEY)).toEqual(accepted());
  });

  it('does not share a verdict that ends now', async () => {
    vi.setSystemTime(NOW);
    const engine = new ServiceOfNodes();
    await cacheAt(engine.node()).set(KEY, accepted(NOW));
    expect(engine.commands).toEqual([]);
  });

  it('does not ask for the verdict on a JWT', () => {
    const engine = new ServiceOfNodes();
    expect(cacheAt(engine.node()).get('rules:fingerprint-of-keys:digest')).toBeUndefined();
    expect(engine.commands).toEqual([]);
  });

  it('asks nobody else where the cache of the application answers later', async () => {
    const engine = new ServiceOfNodes();
    const local = new InProcessVerdictCache(10, 1_000_000);
    const verdict = accepted();
    vi.spyOn(local, 'get').mockReturnValue(Promise.resolve(verdict) as never);
    const cache = new SharedVerdictCache(local, engine.node(), HOUR);
    expect(await cache.get(KEY)).toBe(verdict);
    expect(engine.commands).toEqual([]);
  });

  it('asks again once its own verdict is over, and takes the newer one of another node', async () => {
    vi.setSystemTime(NOW);
    const engine = new ServiceOfNodes();
    const [one, other] = [cacheAt(engine.node()), cacheAt(engine.node())];
    const old = accepted(NOW + 1_000);
    await one.set(KEY, old);
    vi.setSystemTime(NOW + 999);
    expect(one.get(KEY)).toBe(old);

    vi.setSystemTime(NOW + 1_000);
    // It tells that the token was valid here.
    expect(await one.get(KEY)).toBe(old);
    await other.set(KEY, accepted(NOW + HOUR));
    expect(await one.get(KEY)).toEqual(accepted(NOW + HOUR));
    const { length } = engine.commands;
    expect(one.get(KEY)).toEqual(accepted(NOW + HOUR));
    expect(engine.commands).toHaveLength(length);
  });

  it('believes no verdict for longer than this node would', async () => {
    vi.setSystemTime(NOW);
    const engine = new ServiceOfNodes();
    await cacheAt(engine.node()).set(KEY, accepted());
    expect(await cacheAt(engine.node(), 1_000).get(KEY)).toMatchObject({ until: NOW + 1_000 });
    expect(await cacheAt(engine.node()).get(KEY)).toMatchObject({ until: NOW + HOUR });
  });

  it('believes no verdict past the expiry of the token', async () => {
    vi.setSystemTime(NOW);
    const engine = new ServiceOfNodes();
    const expiresAt = NOW + 5_000;
    const verdict = { ...accepted(), principal: { ...principal, expiresAt } } as Verdict;
    await cacheAt(engine.node()).set(KEY, verdict);
    expect(await cacheAt(engine.node()).get(KEY)).toEqual({ ...verdict, until: expiresAt });
    vi.setSystemTime(expiresAt);
    expect(await cacheAt(engine.node()).get(KEY)).toBeUndefined();
  });

  it('removes the verdicts of this node whose access a revocation ends', async () => {
    const local = new InProcessVerdictCache(10, 1_000_000);
    const cache = new SharedVerdictCache(local, new ServiceOfNodes().node(), HOUR);
    await cache.set(KEY, accepted());
    await cache.purge({ userId: 'user_bob' });
    expect(local.size).toBe(1);
    await cache.purge({ userId: 'user_alice' });
    expect(local.size).toBe(0);
  });

  it('passes a principal on with everything that is known of it', async () => {
    const node = new ServiceOfNodes().node();
    const all: Principal = {
      ...principal,
      clientId: 'client_1',
      sessionId: 'sess_1',
      organization: { id: 'org_1', slug: 'acme', role: 'org:admin', permissions: ['org:a:read'] },
      features: { organization: ['a'], user: [] },
      plans: { organization: [], user: ['pro'] },
      factorAges: [1, -1],
      actor: 'user_admin',
      delegation: [{ subject: 'agent', issuer: 'https://idp.test' }, { subject: 'service' }],
      issuedAt: 1_000,
    };
    await cacheAt(node).set(KEY, { ...accepted(), principal: all } as Verdict);
    expect(await cacheAt(node).get(KEY)).toMatchObject({ principal: all });
  });

  it.each<readonly [string, object]>([
    ['of another version', { v: 2 }],
    ['without a principal', { principal: null }],
    ['of nobody', { principal: { ...principal, subject: undefined } }],
    ['with scopes of another shape', { principal: { ...principal, scopes: 'admin' } }],
    ['with an organization without id', { principal: { ...principal, organization: {} } }],
    ['that has expired', { until: 1 }],
    ['without an end', { until: null }],
    ['with an end in text', { until: '9999999999999' }],
    ['of a token that has expired', { principal: { ...principal, expiresAt: 1 } }],
    ...(
      [
        ['tokenType', [7, null]],
        ['issuer', [7, null]],
        ['subject', [7, ['user_alice'], null]],
        ['userId', [7, ['user_alice'], null]],
        ['clientId', [7, null]],
        ['sessionId', [7, null]],
        ['organization', ['org_1', ['org_1'], { id: 7 }, { id: 'org_1', slug: 7 }]],
        [
          'organization',
          [
            { id: 'org_1', role: ['org:admin'] },
            { id: 'org_1', permissions: 'a' },
          ],
        ],
        ['scopes', [['a', 7], { 0: 'a' }]],
        ['features', [['a'], { organization: ['a'] }, { organization: ['a'], user: [7] }]],
        ['plans', ['pro', { user: ['pro'] }]],
        ['factorAges', [7, [1], [1, 2, 3], [1, '2'], ['1', '2'], { length: 2, 0: 1, 1: 2 }]],
        ['actor', [7, {}]],
        ['delegation', ['agent', { subject: 'agent' }, [{}], [{ subject: 7 }], ['agent']]],
        ['delegation', [[{ subject: 'agent', issuer: 7 }], [{ subject: 'agent' }, {}]]],
        ['issuedAt', ['1000', null]],
        ['expiresAt', ['9999999999999', true]],
        ['claims', [[], 'x', null]],
      ] as const
    ).flatMap(([member, values]) =>
      values.map(
        (value) =>
          [
            `with ${member} ${JSON.stringify(value)}`,
            { principal: { ...principal, [member]: value } },
          ] as const,
      ),
    ),
  ])('takes a record %s for none', async (_, change) => {
    const node = new ServiceOfNodes().node();
    const record = { v: 1, until: Date.now() + HOUR, principal, ...change };
    await node.records.put(`clerk verdict ${KEY}`, record, { ttlMs: HOUR });

    expect(await cacheAt(node).get(KEY)).toBeUndefined();
  });

  it('works by itself while the engine is away, and says so', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const node = new ServiceOfNodes().node();
    const cache = cacheAt(node);
    node.goAway();
    expect(await cache.get(KEY)).toBeUndefined();
    const verdict = accepted();
    await cache.set(KEY, verdict);
    expect(cache.get(KEY)).toEqual(verdict);
    expect(warn.mock.calls).toEqual([
      [
        'The backplane of verdicts failed with BACKPLANE_FAILED. Until it answers, each node asks Clerk about opaque tokens by itself.',
      ],
    ]);
    warn.mockRestore();
  });
});

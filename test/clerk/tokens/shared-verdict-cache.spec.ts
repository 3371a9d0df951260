import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Principal } from '../../../src/request/principal.js';
import { SharedVerdictCache } from '../../../src/clerk/tokens/shared-verdict-cache.js';
import { InProcessVerdictCache, type Verdict } from '../../../src/clerk/tokens/verdict-cache.js';
import { type NodeInProcess, ServiceOfNodes } from '../../support/service-of-nodes.js';

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

  it('believes no verdict for longer than this node would', async () => {
    const engine = new ServiceOfNodes();
    await cacheAt(engine.node()).set(KEY, accepted());
    const before = Date.now();
    const found = await cacheAt(engine.node(), 1_000).get(KEY);

    expect(found?.until).toBeGreaterThanOrEqual(before + 1_000);
    expect(found?.until).toBeLessThan(before + HOUR);
  });

  it.each([
    ['of another version', { v: 2 }],
    ['without a principal', { principal: null }],
    ['of nobody', { principal: { ...principal, subject: undefined } }],
    ['with scopes of another shape', { principal: { ...principal, scopes: 'admin' } }],
    ['with an organization without id', { principal: { ...principal, organization: {} } }],
    ['that has expired', { until: 1 }],
    ['of a token that has expired', { principal: { ...principal, expiresAt: 1 } }],
  ])('takes a record %s for none', async (_, change) => {
    const node = new ServiceOfNodes().node();
    const record = { v: 1, until: Date.now() + HOUR, principal, ...change };
    await node.records.put(`clerk verdict ${KEY}`, record, { ttlMs: HOUR });

    expect(await cacheAt(node).get(KEY)).toBeUndefined();
  });

  it('works by itself while the engine is away', async () => {
    const node = new ServiceOfNodes().node();
    const cache = cacheAt(node);
    node.goAway();
    expect(await cache.get(KEY)).toBeUndefined();
    const verdict = accepted();
    await cache.set(KEY, verdict);
    expect(cache.get(KEY)).toEqual(verdict);
  });
});

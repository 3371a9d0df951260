import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClerkAuthOptions } from '../../../src/clerk/clerk-auth.options.js';
import { AudienceLog } from '../../../src/clerk/tokens/audience-log.js';
import { OpaqueVerifier } from '../../../src/clerk/tokens/opaque-verifier.js';
import { ServiceOfNodes } from '../../support/service-of-nodes.js';
import { clerkOfTests, later } from '../support/clerk-of-tests.js';
import { catchErrorLog } from '../support/error-log.js';
import { opaqueVerdict, RESOURCE, VERIFY_PATH, type FakeAnswer } from '../support/fake-clerk.js';
import { createVerifier, refusalOf } from '../support/token-verifier.js';

catchErrorLog();
const clerk = await clerkOfTests();
beforeEach(() => answer({ json: opaqueVerdict() }));

const answer = (given: FakeAnswer) => clerk.on(VERIFY_PATH, () => given);
const create = (options: Partial<ClerkAuthOptions> = {}) => createVerifier(clerk.options(options));

describe('verdicts about opaque tokens', () => {
  it('are shared by concurrent callers and kept for 30 seconds', async () => {
    const { verifier } = create();
    await Promise.all(Array.from({ length: 50 }, () => verifier.verify('oat_token')));
    later(29_000);
    await verifier.verify('oat_token');
    expect(clerk.count(VERIFY_PATH)).toBe(1);
    later(2_000);
    await verifier.verify('oat_token');
    expect(clerk.count(VERIFY_PATH)).toBe(2);
  });

  it('are never kept past the expiry', async () => {
    answer({ json: opaqueVerdict({ expiration: Date.now() + 5_000 }) });
    const { verifier } = create();
    await verifier.verify('oat_token');
    later(5_000);
    expect((await refusalOf(verifier.verify('oat_token'))).reason).toBe('token_expired');
  });

  it('are kept for 10 seconds when they are refusals', async () => {
    answer({ status: 404, json: { errors: [] } });
    const { verifier } = create();
    for (let n = 0; n < 20; n += 1) await refusalOf(verifier.verify('oat_bad'));
    expect(clerk.count(VERIFY_PATH)).toBe(1);
    later(10_001);
    await refusalOf(verifier.verify('oat_bad'));
    expect(clerk.count(VERIFY_PATH)).toBe(2);
  });

  it('are not kept when they are outages', async () => {
    const { verifier } = create();
    answer({ status: 500, json: { errors: [] } });
    await refusalOf(verifier.verify('oat_token'));
    answer({ json: opaqueVerdict() });
    expect((await verifier.verify('oat_token')).userId).toBe('user_alice');
  });

  it('live on during an outage', async () => {
    const { verifier } = create();
    await verifier.verify('oat_token');
    answer({ status: 500, json: { errors: [] } });
    expect((await verifier.verify('oat_token')).userId).toBe('user_alice');
    expect((await refusalOf(verifier.verify('oat_other'))).reason).toBe('unavailable');
  });

  it('are made 20 at a time', async () => {
    answer({ hangs: true });
    const { verifier } = create({ limits: { timeoutMs: 1_000 } });
    const all = Array.from({ length: 30 }, (_, n) => refusalOf(verifier.verify(`oat_${n}`)));
    const refusals = await Promise.all(all);
    const soon = refusals.filter(
      (refusal) => refusal.reason === 'unavailable' && refusal.retryAfter === 1,
    );
    expect(soon).toHaveLength(10);
    expect(clerk.count(VERIFY_PATH)).toBe(20);
    answer({ json: opaqueVerdict() });
    expect((await verifier.verify('oat_token')).userId).toBe('user_alice');
  });

  it.each<[string, FakeAnswer]>([
    ['does not know', { status: 404, json: { errors: [] } }],
    ['calls inactive', { json: { active: false } }],
  ])(
    'are made for so many tokens a minute that Clerk %s, then for known ones',
    async (_, given) => {
      // The clock stands still between two steps.
      vi.setSystemTime(Date.now());
      const { verifier } = create({ limits: { maxUnknownTokens: 3 } });
      await verifier.verify('oat_known');
      answer(given);
      for (let n = 0; n < 3; n += 1) {
        expect((await refusalOf(verifier.verify(`oat_${n}`))).reason).toBe('invalid_token');
      }
      later(20_000);
      expect(await refusalOf(verifier.verify('oat_3'))).toEqual({
        reason: 'unavailable',
        retryAfter: 41,
      });
      expect(clerk.count(VERIFY_PATH)).toBe(4);

      answer({ json: opaqueVerdict() });
      later(11_000);
      // Its verdict has expired.
      expect((await verifier.verify('oat_known')).userId).toBe('user_alice');
      expect((await verifier.verify(await clerk.oauthToken())).userId).toBe('user_alice');
      expect((await refusalOf(verifier.verify('oat_4'))).reason).toBe('unavailable');
      later(60_000);
      expect((await verifier.verify('oat_4')).userId).toBe('user_alice');
    },
  );

  it.each<[string, FakeAnswer]>([
    ['refuses for another reason', { json: opaqueVerdict({ revoked: true }) }],
    ['calls expired', { status: 400, json: { errors: [{ code: 'token_expired' }] } }],
    ['does not answer about', { status: 500, json: { errors: [] } }],
  ])('are not limited by tokens that Clerk %s', async (_, given) => {
    const { verifier } = create({ limits: { maxUnknownTokens: 1 } });
    answer(given);
    for (let n = 0; n < 3; n += 1) await refusalOf(verifier.verify(`oat_${n}`));
    answer({ json: opaqueVerdict() });
    expect((await verifier.verify('oat_good')).userId).toBe('user_alice');
  });

  it('count for all nodes, and a node tells what it counted before it stops', async () => {
    const service = new ServiceOfNodes();
    const { resolved, client, alarm } = create();
    const node = new OpaqueVerifier(resolved, client, alarm, new AudienceLog(), service.node());
    answer({ status: 404, json: { errors: [] } });
    await refusalOf(node.verify('oauth_token', 'oat_bad', RESOURCE));
    await node.onModuleDestroy();
    expect(service.commands).toEqual(['counters.addHits']);
  });
});

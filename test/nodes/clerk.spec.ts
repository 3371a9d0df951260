import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { Audit } from '../../src/audit/audit.js';
import { ClerkRefreshGrant } from '../../src/clerk/oauth/clerk-refresh-grant.js';
import { opaqueVerdict, VERIFY_PATH } from '../clerk/support/fake-clerk.js';
import { eventually } from '../support/within.js';
import { type ClerkNode, useClerkNodes } from './support/clerk-node.js';

const HOUR = 3_600_000;
const nodes = useClerkNodes();

/** How many calls it takes, slower than sums are exchanged, until one has this status. */
async function callsUntil(
  status: number,
  call: (number: number) => Promise<number>,
): Promise<number> {
  let calls = 0;
  await eventually(async () => {
    if (calls > 0) await new Promise((resolve) => setTimeout(resolve, 250));
    calls += 1;
    expect(await call(calls)).toBe(status);
  });
  return calls;
}

describe('limits of several nodes', () => {
  const limits = { principal: { limit: 6, ttlMs: HOUR } };

  it('are those of the service, a little later', async () => {
    const [one, other] = await nodes.startTwo({
      limits: { principal: { limit: 20, ttlMs: HOUR } },
    });
    const token = await nodes.clerk.oauthToken();
    for (let call = 0; call < 18; call += 1) expect(await one.call(token)).toBe(200);

    expect(await callsUntil(429, () => other.call(token))).toBeLessThanOrEqual(20);
    expect(await other.call(await nodes.clerk.oauthToken({ sub: 'user_bob' }))).toBe(200);
  });

  it('are exact where that is asked for', async () => {
    const [one, other] = await nodes.startTwo({ limits: { ...limits, exact: true } });
    const token = await nodes.clerk.oauthToken();
    const statuses: number[] = [];
    for (let call = 0; call < 8; call += 1) {
      statuses.push(await (call % 2 ? one : other).call(token));
    }

    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 429, 429]);
  });

  it.each([false, true])('are those of the node while Redis hangs (exact: %s)', async (exact) => {
    const [one, other] = await nodes.startTwo({ limits: { ...limits, exact } });
    const token = await nodes.clerk.oauthToken();
    nodes.redis.freeze();
    for (const node of [one, other]) {
      const statuses: number[] = [];
      for (let call = 0; call < 7; call += 1) statuses.push(await node.call(token));
      expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 429]);
    }
    nodes.redis.thaw();
  });
});

describe('failed authentications of several nodes', () => {
  it('are counted together', async () => {
    const [one, other] = await nodes.startTwo({ clerk: { limits: { failuresPerAddress: 20 } } });
    for (let call = 0; call < 18; call += 1) expect(await one.call(`bad ${call}`)).toBe(401);

    expect(await callsUntil(429, () => other.call('bad'))).toBeLessThanOrEqual(20);
    expect(await other.call(await nodes.clerk.oauthToken())).toBe(200);
  });
});

describe('opaque tokens of several nodes', () => {
  it('that Clerk does not know count together', async () => {
    const limits = { maxUnknownTokens: 20, failuresPerAddress: 1_000 };
    const [one, other] = await nodes.startTwo({ clerk: { limits } });
    nodes.clerk.on(VERIFY_PATH, () => ({ status: 404, json: { errors: [] } }));
    for (let call = 0; call < 20; call += 1) expect(await one.call(`oat_${call}`)).toBe(401);
    expect(await one.call('oat_x')).toBe(503);

    const calls = await callsUntil(503, (call) => other.call(`oat_other_${call}`));
    expect(calls).toBeLessThanOrEqual(20);
  });

  it('are verified at Clerk once, where that is shared, and revocations still count', async () => {
    const [one, other] = await nodes.startTwo({ clerk: { shareVerdicts: true } });
    nodes.clerk.on(VERIFY_PATH, () => ({ json: opaqueVerdict() }));
    expect(await one.call('oat_0123456789')).toBe(200);
    expect(await other.call('oat_0123456789')).toBe(200);
    expect(nodes.clerk.count(VERIFY_PATH)).toBe(1);

    await one.webhook();
    await eventually(async () => expect(await other.call('oat_0123456789')).toBe(401));
    const late = await nodes.start({ clerk: { shareVerdicts: true } });
    expect(await late.call('oat_0123456789')).toBe(401);
  });

  it('are verified by each node otherwise', async () => {
    const [one, other] = await nodes.startTwo();
    nodes.clerk.on(VERIFY_PATH, () => ({ json: opaqueVerdict() }));
    await one.call('oat_0123456789');
    await other.call('oat_0123456789');

    expect(nodes.clerk.count(VERIFY_PATH)).toBe(2);
  });
});

describe('refresh tokens of several nodes', () => {
  it('are exchanged once', async () => {
    const [one, other] = await nodes.startTwo();
    let answer: () => void = () => undefined;
    const after = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const json = { access_token: 'opaque', refresh_token: 'rt_new' };
    nodes.clerk.on('/oauth/token', () => ({ json, after }));
    const refresh = ({ app }: ClerkNode) =>
      app.get(ClerkRefreshGrant).refresh({ refreshToken: 'rt_old', clientId: 'client_1' });
    const first = refresh(one);
    await eventually(() => expect(nodes.clerk.count('/oauth/token')).toBe(1));
    await expect(refresh(other)).rejects.toMatchObject({ code: 'unavailable' });
    answer();

    expect(await first).toMatchObject(json);
    for (const node of [one, other]) {
      await expect(refresh(node)).rejects.toMatchObject({ code: 'invalid_grant' });
    }
    expect(nodes.clerk.count('/oauth/token')).toBe(1);
  });
});

describe('audits of several nodes', () => {
  it('have the same digests', async () => {
    const [one, other] = await nodes.startTwo();
    const digests = [one, other].map(({ app }) =>
      app.get(Audit, { strict: false }).digestOf({ text: 'hello' }),
    );

    expect(digests[0]).toBe(digests[1]);
    expect(digests[0]).toMatch(/^.{22}$/);
  });
});

describe('what is stored', () => {
  it('names no token, person or address', async () => {
    const node = await nodes.start({
      clerk: { shareVerdicts: true },
      limits: { principal: { limit: 60, ttlMs: HOUR } },
    });
    nodes.clerk.on(VERIFY_PATH, () => ({ json: opaqueVerdict() }));
    await node.call('oat_0123456789');
    await node.call('oat_bad');
    await node.call('nonsense');
    await node.webhook();
    const client = new Redis(nodes.redis.url);
    const dump = await eventually(async () => {
      const keys = await client.keys('*');
      expect(keys.length).toBeGreaterThan(4);
      return Promise.all(
        keys.map(async (key) => [
          key,
          String(await client.dumpBuffer(key)),
          await client.pttl(key),
        ]),
      );
    });
    client.disconnect();

    expect(JSON.stringify(dump)).not.toMatch(/oat_|user_|alice|nonsense|127\.0\.0\.1/);
    expect(dump.filter(([, , ttl]) => ttl === -1).map(([key]) => key)).toEqual([
      expect.stringContaining('}:b:'),
    ]);
  });
});

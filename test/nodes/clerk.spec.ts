import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Audit } from '../../src/audit/audit.js';
import { ClerkRevocations } from '../../src/clerk/revocation/clerk-revocations.js';
import { FakeClerk, opaqueVerdict, VERIFY_PATH } from '../clerk/support/fake-clerk.js';
import { event, signed } from '../clerk/webhooks/signed-webhook.js';
import { eventually } from '../support/within.js';
import { ClerkNode, type ClerkNodeOptions } from './support/clerk-node.js';
import { RedisServer } from './support/redis-server.js';

const HOUR = 3_600_000;
let clerk: FakeClerk;
let redis: RedisServer;
const nodes: ClerkNode[] = [];
beforeAll(async () => {
  clerk = await FakeClerk.start();
});
afterAll(() => clerk.close());
beforeEach(async () => {
  clerk.reset();
  redis = await RedisServer.start();
});
afterEach(async () => {
  await Promise.all(nodes.splice(0).map(({ app }) => app.close()));
  await redis.stop();
});

async function startNode(options?: ClerkNodeOptions): Promise<ClerkNode> {
  const node = await ClerkNode.start(redis, clerk, options);
  nodes.push(node);
  return node;
}
const startTwo = async (options?: ClerkNodeOptions) =>
  [await startNode(options), await startNode(options)] as const;
const flush = async () => {
  const client = new Redis(redis.url);
  await client.flushall();
  client.disconnect();
};

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

describe('revocations of several nodes', () => {
  it('are in force on every node once the webhook is answered', async () => {
    const [one, other] = await startTwo();
    const token = await clerk.oauthToken();
    expect([await one.call(token), await other.call(token)]).toEqual([200, 200]);

    expect(await one.webhook()).toBe(204);
    expect(await one.call(token)).toBe(401);
    await eventually(async () => expect(await other.call(token)).toBe(401));
    expect(await other.call(await clerk.oauthToken({ sub: 'user_bob' }))).toBe(200);
  });

  it('are known to a node from its first request on', async () => {
    const one = await startNode();
    await one.webhook();
    const late = await startNode();

    expect(await late.call(await clerk.oauthToken())).toBe(401);
  });

  it('survive the loss of all data, also for nodes that start afterwards', async () => {
    const [one] = await startTwo();
    await one.webhook();
    await flush();
    const token = await clerk.oauthToken();
    // The nodes notice with their next heartbeat.
    await eventually(async () => {
      const late = await ClerkNode.start(redis, clerk);
      const status = await late.call(token);
      await late.app.close();
      expect(status).toBe(401);
    });
  });

  it.each([
    ['is away', () => redis.stop(), () => redis.start()],
    ['hangs', () => redis.freeze(), () => redis.thaw()],
  ])(
    'are answered 503 while Redis %s, in force here, and elsewhere later',
    async (_, end, begin) => {
      const [one, other] = await startTwo();
      const token = await clerk.oauthToken();
      await end();

      expect(await one.webhook()).toBe(503);
      expect([await one.call(token), await other.call(token)]).toEqual([401, 200]);
      await begin();
      await eventually(async () => expect(await other.call(token)).toBe(401));
    },
  );

  it('keep a node that starts without Redis from letting anybody in', async () => {
    const one = await startNode();
    const [token, bob] = [await clerk.oauthToken(), await clerk.oauthToken({ sub: 'user_bob' })];
    await one.webhook();
    redis.freeze();
    const late = await startNode();

    expect(await late.ready()).toEqual([503, { status: 'error', revocations: 'not_loaded' }]);
    const answer = await late.answer(bob);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    redis.thaw();

    await eventually(async () => expect(await late.ready()).toEqual([200, { status: 'ok' }]));
    expect([await late.call(token), await late.call(bob)]).toEqual([401, 200]);
  });

  it('can be made by the application', async () => {
    const [one, other] = await startTwo();
    const token = await clerk.oauthToken();
    const heard: unknown[] = [];
    // As streams, sessions and tasks are closed.
    other.app.get(ClerkRevocations).subscribe((revocation) => heard.push(revocation));
    await one.app.get(ClerkRevocations).revoke({ userId: 'user_alice' });

    await eventually(async () => expect(await other.call(token)).toBe(401));
    expect(heard).toEqual([{ userId: 'user_alice' }]);
  });
});

describe('webhooks of several nodes', () => {
  it('are processed once, whichever nodes they are sent to', async () => {
    const seen: string[] = [];
    const webhooks = (name: string) => ({
      clerk: {
        webhooks: {
          signingSecret: 'whsec_YSBrZXkgb2YgMjQgYnl0ZXMsIG5vIG1vcmU=',
          revocationOf: () => {
            seen.push(name);
            return undefined;
          },
        },
      },
    });
    const one = await startNode(webhooks('one'));
    const other = await startNode(webhooks('other'));
    const delivery = signed(event('user.updated', { id: 'user_alice' }));
    const statuses = [await one.webhook(delivery), await other.webhook(delivery)];
    statuses.push(await one.webhook(delivery));

    expect(statuses).toEqual([204, 204, 204]);
    expect(seen).toEqual(['one']);
    await other.webhook();
    expect(seen).toEqual(['one', 'other']);
  });
});

describe('limits of several nodes', () => {
  const limits = { principal: { limit: 6, ttlMs: HOUR } };

  it('are those of the service, a little later', async () => {
    const [one, other] = await startTwo({ limits: { principal: { limit: 20, ttlMs: HOUR } } });
    const token = await clerk.oauthToken();
    for (let call = 0; call < 18; call += 1) expect(await one.call(token)).toBe(200);

    expect(await callsUntil(429, () => other.call(token))).toBeLessThanOrEqual(20);
    expect(await other.call(await clerk.oauthToken({ sub: 'user_bob' }))).toBe(200);
  });

  it('are exact where that is asked for', async () => {
    const [one, other] = await startTwo({ limits: { ...limits, exact: true } });
    const token = await clerk.oauthToken();
    const statuses: number[] = [];
    for (let call = 0; call < 8; call += 1) {
      statuses.push(await (call % 2 ? one : other).call(token));
    }

    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 429, 429]);
  });

  it.each([false, true])('are those of the node while Redis hangs (exact: %s)', async (exact) => {
    const [one, other] = await startTwo({ limits: { ...limits, exact } });
    const token = await clerk.oauthToken();
    redis.freeze();
    for (const node of [one, other]) {
      const statuses: number[] = [];
      for (let call = 0; call < 7; call += 1) statuses.push(await node.call(token));
      expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 429]);
    }
    redis.thaw();
  });
});

describe('failed authentications of several nodes', () => {
  it('are counted together', async () => {
    const [one, other] = await startTwo({ clerk: { limits: { failuresPerAddress: 20 } } });
    for (let call = 0; call < 18; call += 1) expect(await one.call(`bad ${call}`)).toBe(401);

    expect(await callsUntil(429, () => other.call('bad'))).toBeLessThanOrEqual(20);
    expect(await other.call(await clerk.oauthToken())).toBe(200);
  });
});

describe('opaque tokens of several nodes', () => {
  it('that Clerk does not know count together', async () => {
    const limits = { maxUnknownTokens: 20, failuresPerAddress: 1_000 };
    const [one, other] = await startTwo({ clerk: { limits } });
    clerk.on(VERIFY_PATH, () => ({ status: 404, json: { errors: [] } }));
    for (let call = 0; call < 20; call += 1) expect(await one.call(`oat_${call}`)).toBe(401);
    expect(await one.call('oat_x')).toBe(503);

    const calls = await callsUntil(503, (call) => other.call(`oat_other_${call}`));
    expect(calls).toBeLessThanOrEqual(20);
  });

  it('are verified at Clerk once, where that is shared, and revocations still count', async () => {
    const [one, other] = await startTwo({ clerk: { shareVerdicts: true } });
    clerk.on(VERIFY_PATH, () => ({ json: opaqueVerdict() }));
    expect(await one.call('oat_0123456789')).toBe(200);
    expect(await other.call('oat_0123456789')).toBe(200);
    expect(clerk.count(VERIFY_PATH)).toBe(1);

    await one.webhook();
    await eventually(async () => expect(await other.call('oat_0123456789')).toBe(401));
    const late = await startNode({ clerk: { shareVerdicts: true } });
    expect(await late.call('oat_0123456789')).toBe(401);
  });

  it('are verified by each node otherwise', async () => {
    const [one, other] = await startTwo();
    clerk.on(VERIFY_PATH, () => ({ json: opaqueVerdict() }));
    await one.call('oat_0123456789');
    await other.call('oat_0123456789');

    expect(clerk.count(VERIFY_PATH)).toBe(2);
  });
});

describe('audits of several nodes', () => {
  it('have the same digests', async () => {
    const [one, other] = await startTwo();
    const digests = [one, other].map(({ app }) =>
      app.get(Audit, { strict: false }).digestOf({ text: 'hello' }),
    );

    expect(digests[0]).toBe(digests[1]);
    expect(digests[0]).toMatch(/^.{22}$/);
  });
});

describe('what is stored', () => {
  it('names no token, person or address', async () => {
    const node = await startNode({
      clerk: { shareVerdicts: true },
      limits: { principal: { limit: 60, ttlMs: HOUR } },
    });
    clerk.on(VERIFY_PATH, () => ({ json: opaqueVerdict() }));
    await node.call('oat_0123456789');
    await node.call('oat_bad');
    await node.call('nonsense');
    await node.webhook();
    const client = new Redis(redis.url);
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

import { describe, expect, it } from 'vitest';
import { ClerkDirectory } from '../../src/clerk/api/clerk-directory.js';
import { ClerkRevocations } from '../../src/clerk/revocation/clerk-revocations.js';
import { event, signed } from '../clerk/webhooks/signed-webhook.js';
import { eventually } from '../support/within.js';
import { type ClerkNode, useClerkNodes } from './support/clerk-node.js';

const nodes = useClerkNodes();

describe('revocations of several nodes', () => {
  it('are in force on every node once the webhook is answered', async () => {
    const [one, other] = await nodes.startTwo();
    const token = await nodes.clerk.oauthToken();
    expect([await one.call(token), await other.call(token)]).toEqual([200, 200]);

    expect(await one.webhook()).toBe(204);
    expect(await one.call(token)).toBe(401);
    await eventually(async () => expect(await other.call(token)).toBe(401));
    expect(await other.call(await nodes.clerk.oauthToken({ sub: 'user_bob' }))).toBe(200);
  });

  it('are known to a node from its first request on', async () => {
    const one = await nodes.start();
    await one.webhook();
    const late = await nodes.start();

    expect(await late.call(await nodes.clerk.oauthToken())).toBe(401);
  });

  it('survive the loss of all data, also for nodes that start afterwards', async () => {
    const [one] = await nodes.startTwo();
    await one.webhook();
    const token = await nodes.clerk.oauthToken();
    await nodes.flush();
    // Before the nodes notice with their next heartbeat, and after a node has asked them.
    for (let starts = 0; starts < 2; starts += 1) {
      expect(await (await nodes.start()).call(token)).toBe(401);
    }
  });

  it.each([
    ['is away', () => nodes.redis.stop(), () => nodes.redis.start()],
    ['hangs', () => nodes.redis.freeze(), () => nodes.redis.thaw()],
  ])(
    'are answered 503 while Redis %s, in force here, and elsewhere later',
    async (_, end, begin) => {
      const [one, other] = await nodes.startTwo();
      const token = await nodes.clerk.oauthToken();
      await end();

      expect(await one.webhook()).toBe(503);
      expect([await one.call(token), await other.call(token)]).toEqual([401, 200]);
      await begin();
      await eventually(async () => expect(await other.call(token)).toBe(401));
    },
  );

  it('keep a node that starts without Redis from letting anybody in', async () => {
    const one = await nodes.start();
    const [token, bob] = [
      await nodes.clerk.oauthToken(),
      await nodes.clerk.oauthToken({ sub: 'user_bob' }),
    ];
    await one.webhook();
    nodes.redis.freeze();
    const late = await nodes.start();

    expect(await late.ready()).toEqual([503, { status: 'error', revocations: 'not_loaded' }]);
    const answer = await late.answer(bob);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    nodes.redis.thaw();

    await eventually(async () => expect(await late.ready()).toEqual([200, { status: 'ok' }]));
    expect([await late.call(token), await late.call(bob)]).toEqual([401, 200]);
  });

  it('can be made by the application', async () => {
    const [one, other] = await nodes.startTwo();
    const token = await nodes.clerk.oauthToken();
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
    const one = await nodes.start(webhooks('one'));
    const other = await nodes.start(webhooks('other'));
    const delivery = signed(event('user.updated', { id: 'user_alice' }));
    const statuses = [await one.webhook(delivery), await other.webhook(delivery)];
    statuses.push(await one.webhook(delivery));

    expect(statuses).toEqual([204, 204, 204]);
    expect(seen).toEqual(['one']);
    await other.webhook();
    expect(seen).toEqual(['one', 'other']);
  });
});

describe('the users that several nodes have cached', () => {
  const user = (firstName: string) => ({
    object: 'user',
    id: 'user_alice',
    first_name: firstName,
    email_addresses: [],
    phone_numbers: [],
    web3_wallets: [],
    external_accounts: [],
  });

  async function namesAt(started: readonly ClerkNode[]): Promise<readonly unknown[]> {
    const found = started.map(({ app }) =>
      app.get(ClerkDirectory, { strict: false }).getUser('user_alice'),
    );
    return (await Promise.all(found)).map(({ firstName }) => firstName);
  }

  it('are forgotten by all of them when a webhook tells one of a change', async () => {
    const started = await nodes.startTwo({ clerk: { limits: { userTtlMs: 3_600_000 } } });
    nodes.clerk.on('/v1/users/user_alice', () => ({ json: user('Alice') }));
    expect(await namesAt(started)).toEqual(['Alice', 'Alice']);
    nodes.clerk.on('/v1/users/user_alice', () => ({ json: user('Alicia') }));
    expect(await namesAt(started)).toEqual(['Alice', 'Alice']);

    const delivery = signed(event('user.updated', { id: 'user_alice' }));
    expect(await started[0].webhook(delivery)).toBe(204);

    await eventually(async () => expect(await namesAt(started)).toEqual(['Alicia', 'Alicia']));
  });

  it('are forgotten where Redis brings the change late', async () => {
    const started = await nodes.startTwo({ clerk: { limits: { userTtlMs: 3_600_000 } } });
    nodes.clerk.on('/v1/users/user_alice', () => ({ json: user('Alice') }));
    await namesAt(started);
    nodes.clerk.on('/v1/users/user_alice', () => ({ json: user('Alicia') }));
    nodes.redis.freeze();
    const delivery = signed(event('user.updated', { id: 'user_alice' }));
    expect(await started[0].webhook(delivery)).toBe(204);
    expect(await namesAt(started)).toEqual(['Alicia', 'Alice']);
    nodes.redis.thaw();

    await eventually(async () => expect(await namesAt(started)).toEqual(['Alicia', 'Alicia']));
  });
});

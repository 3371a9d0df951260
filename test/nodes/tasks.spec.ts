import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Revocations } from '../../src/access/revocation.js';
import type { Backplane, Json } from '../../src/backplane/backplane.js';
import { RedisBackplane } from '../../src/redis/redis-backplane.js';
import { resolveRedisOptions } from '../../src/redis/redis.options.js';
import { describeSharedTasks } from '../mcp/tasks/shared-tasks-contract.js';
import { listen } from '../mcp/tasks/task-listener.js';
import { startTaskNode, type TaskNode } from '../mcp/tasks/task-node.js';
import { AnnouncedRevocations, REVOCATIONS } from '../support/announced-revocations.js';
import { eventually } from '../support/within.js';
import { CLUSTER_SECRET, RedisServer } from './support/redis-server.js';

async function startBackplane(redis: RedisServer, timeoutMs = 30_000): Promise<RedisBackplane> {
  const backplane = new RedisBackplane(
    resolveRedisOptions({ url: redis.url, secret: CLUSTER_SECRET, timeoutMs }),
  );
  await backplane.start();
  return backplane;
}

/** The node does not renew its lease any more, and it ended long ago. */
async function loseLease({ leases }: RedisBackplane): Promise<void> {
  clearInterval(Reflect.get(leases, 'timer'));
  await commandsOf(leases).call((client) =>
    client.zadd(Reflect.get(leases, 'nodes'), 1, Reflect.get(leases, 'nodeId')),
  );
}

/** The node renews its lease, late. */
async function regainLease({ leases }: RedisBackplane): Promise<void> {
  Reflect.set(leases, 'renewedAt', performance.now() - 60_000);
  await leases.renew();
}

function commandsOf(leases: object): { call(run: (client: Redis) => unknown): Promise<unknown> } {
  return Reflect.get(leases, 'redis');
}

describe('tasks over Redis', () => {
  describeSharedTasks(async () => {
    const redis = await RedisServer.start();
    const backplanes: RedisBackplane[] = [];
    const own = (node: Backplane): RedisBackplane => {
      if (node instanceof RedisBackplane) return node;
      throw new Error('The node is not one of Redis.');
    };
    return {
      node: async () => {
        const backplane = await startBackplane(redis);
        backplanes.push(backplane);
        return backplane;
      },
      loseLease: (node) => loseLease(own(node)),
      regainLease: (node) => regainLease(own(node)),
      away: async () => {
        await Promise.all(backplanes.map(unplug));
      },
      back: async () => {
        await Promise.all(backplanes.map(plug));
      },
      close: async () => {
        await Promise.all(backplanes.map((backplane) => backplane.stop()));
        await redis.stop();
      },
    };
  });
});

/** The connection of a node is cut. Redis keeps its data. */
async function unplug(backplane: RedisBackplane): Promise<void> {
  const client = clientOf(backplane);
  client.disconnect();
  // Until then, its status is that of a connection.
  await eventually(() => expect(client.status).toBe('end'));
}

/** It is made again. */
function plug(backplane: RedisBackplane): Promise<void> {
  const client = clientOf(backplane);
  return eventually(async () => {
    if (client.status === 'end') await client.connect();
    expect(client.status).toBe('ready');
  });
}

function clientOf(backplane: RedisBackplane): Redis {
  return Reflect.get(backplane, 'client');
}

describe('a task in Redis', () => {
  let redis: RedisServer;
  let backplanes: RedisBackplane[];
  let nodes: TaskNode[];

  beforeEach(async () => {
    redis = await RedisServer.start();
    [backplanes, nodes] = [[], []];
  });
  afterEach(async () => {
    await Promise.all(nodes.map(({ app }) => app.close()));
    await Promise.all(backplanes.map((backplane) => backplane.stop()));
    await redis.stop();
  });

  const node = async (...[options]: [Parameters<typeof startTaskNode>[1]?]): Promise<TaskNode> => {
    const backplane = await startBackplane(redis);
    const started = await startTaskNode(backplane, options);
    backplanes.push(backplane);
    nodes.push(started);
    return started;
  };

  it('ends where it runs when the access of its caller is revoked at another node', async () => {
    // Each node hears of a revocation by itself.
    const bus = new AnnouncedRevocations();
    const metadata = { providers: [{ ...REVOCATIONS, useClass: undefined, useValue: bus }] };
    const [one, other] = [await node({ metadata }), await node({ metadata })];
    const id = await one.alice.start('wait', { name: 'a' });
    const signal = await one.jobs.reached('a');
    const detached = await one.alice.start('print');
    await eventually(() => expect(one.tasks.running).toBe(1));
    expect(other.app.get(Revocations)).toBe(bus);
    bus.revoke({ userId: 'user_alice' });
    expect(signal.aborted).toBe(true);
    bus.forgive();
    const message = 'The access of the caller was revoked';
    for (const task of [id, detached]) {
      await eventually(async () =>
        expect((await other.alice.get(task)).result).toMatchObject({
          status: 'failed',
          error: { message },
        }),
      );
    }
    expect(await other.tasks.handle(detached).complete({ pages: 1 })).toBe(false);
  });

  it('is ended by one side when a cancellation and its end come together', async () => {
    const [one, other] = [await node(), await node()];
    for (let round = 0; round < 10; round += 1) {
      const name = `race ${round}`;
      const id = await one.alice.start('wait', { name });
      await one.jobs.reached(name);
      const cancelled = other.alice.cancel(id);
      one.jobs.open(name);
      await cancelled;
      const ends = new Set<string>();
      for (let poll = 0; poll < 5; poll += 1) {
        ends.add((await other.alice.ended(id)).status);
        ends.add((await one.alice.ended(id)).status);
      }
      expect(ends.size).toBe(1);
    }
  });

  it('costs no messages while nobody listens, and one per change while somebody does', async () => {
    const [one, other] = [await node(), await node()];
    const published: Json[] = [];
    backplanes[0]?.topics.subscribe('tasks of mcp', {
      message: (message) => void published.push(message),
    });
    const quiet = await one.alice.start('report', { name: 'a' });
    one.jobs.open('a');
    one.jobs.open('a again');
    await other.alice.ended(quiet);
    const id = await one.alice.start('report', { name: 'b' });
    await one.jobs.reached('b');
    const { next } = await listen(other.alice, { taskIds: [id] });
    await next();
    await next();
    one.jobs.open('b');
    await next();
    one.jobs.open('b again');
    await next();
    expect(published).toEqual([
      { v: 1, id, revision: expect.any(Number) },
      { v: 1, id, revision: expect.any(Number) },
    ]);
  });

  it('that the database has lost is stored again while it runs', async () => {
    const [one, other] = [await node(), await node()];
    const id = await one.alice.start('wait', { name: 'a' });
    await one.jobs.reached('a');
    await redis.flush();
    expect((await other.alice.get(id)).error?.code).toBe(-32602);
    await backplanes[0]?.leases.renew();
    await eventually(async () =>
      expect((await other.alice.get(id)).result?.status).toBe('working'),
    );
    one.jobs.open('a');
    expect(await other.alice.ended(id)).toMatchObject({ status: 'completed' });
  });

  it('is unreadable in Redis, and has no text of its result or its caller', async () => {
    const one = await node();
    const id = await one.alice.start('big', { length: 2_000 });
    await one.alice.ended(id);
    await backplanes[0]?.records.get('any');
    const client = new Redis(redis.url);
    const keys = await client.keys('*');
    const values = await Promise.all(keys.map((key) => client.dump(key)));
    client.disconnect();
    const all = [...keys, ...values].join('\n');
    for (const word of ['alice', id, 'xxxxxxxx', 'big']) expect(all).not.toContain(word);
  });
});

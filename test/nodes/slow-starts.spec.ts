import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RedisBackplane } from '../../src/redis/redis-backplane.js';
import { resolveRedisOptions } from '../../src/redis/redis.options.js';
import { eventually } from '../support/within.js';
import { CLUSTER_SECRET, RedisServer } from './support/redis-server.js';
import { TcpProxy } from './support/tcp-proxy.js';

/** A process that is busy while it starts: commands time out on connections that stand. */
describe('A node whose first commands time out', () => {
  let server: RedisServer;
  let proxy: TcpProxy;
  const nodes: RedisBackplane[] = [];

  beforeEach(async () => {
    server = await RedisServer.start();
    proxy = await TcpProxy.start(server.port);
  });

  afterEach(async () => {
    proxy.pass();
    for (const node of nodes.splice(0)) await node.stop();
    await proxy.close();
    await server.stop();
  });

  function create(url: string, timeoutMs: number): RedisBackplane {
    const options = resolveRedisOptions({ url, secret: CLUSTER_SECRET, timeoutMs });
    const node = new RedisBackplane(options);
    nodes.push(node);
    return node;
  }

  it('begins all the same', async () => {
    const node = create(proxy.url, 100);
    const client: Redis = Reflect.get(node, 'client');
    client.once('ready', () => proxy.stall());
    await node.start();
    expect(node.isReachable).toBe(false);
    proxy.pass();

    await eventually(() => expect(node.isReachable).toBe(true));
    await eventually(async () => expect(await node.leases.isAlive(node.nodeId)).toBe(true));
  });

  it('hears of its topics all the same, and that it may have missed something', async () => {
    const [node, other] = [create(proxy.url, 100), create(server.url, 30_000)];
    await Promise.all([node.start(), other.start()]);
    const heard: unknown[] = [];
    let gaps = 0;
    proxy.stall();
    node.topics.subscribe('topic', {
      message: ({ n }) => heard.push(n),
      gap: () => (gaps += 1),
    });
    await expect(node.topics.ready('topic')).rejects.toThrow('backplane failed');
    proxy.pass();

    await eventually(async () => {
      await other.topics.publish('topic', { n: 1 });
      expect(heard).toContain(1);
    });
    expect(gaps).toBe(1);
  });

  it('hears what is published while its subscription is under way', async () => {
    const [node, other] = [create(proxy.url, 30_000), create(server.url, 30_000)];
    await Promise.all([node.start(), other.start()]);
    const heard: unknown[] = [];
    proxy.pass(100);
    node.topics.subscribe('topic', { message: ({ n }) => heard.push(n) });
    await other.topics.publish('topic', { n: 1 });
    await node.topics.ready('topic');

    await eventually(() => expect(heard).toContain(1));
  });
});

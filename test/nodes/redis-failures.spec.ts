import { Redis } from 'ioredis';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Json } from '../../src/backplane/backplane.js';
import { RedisBackplane } from '../../src/redis/redis-backplane.js';
import { resolveRedisOptions } from '../../src/redis/redis.options.js';
import { LogRecorder } from '../support/log-recorder.js';
import { eventually } from '../support/within.js';
import { CLUSTER_SECRET, RedisServer } from './support/redis-server.js';

const OTHER = 'another secret of the tests, which is long, too';
const MINUTE = 60_000;

const open: { stop(): Promise<void> }[] = [];

async function startServer(...options: string[]): Promise<RedisServer> {
  const server = await RedisServer.start(...options);
  open.push(server);
  return server;
}

function createNode(
  { url }: Pick<RedisServer, 'url'>,
  options: { secret?: string | string[]; timeoutMs?: number; prefix?: string } = {},
): RedisBackplane {
  const { secret = CLUSTER_SECRET, timeoutMs = 30_000, prefix = 'p' } = options;
  const node = new RedisBackplane(resolveRedisOptions({ url, secret, timeoutMs, prefix }));
  open.push(node);
  return node;
}

async function startNode(...parameters: Parameters<typeof createNode>): Promise<RedisBackplane> {
  const node = createNode(...parameters);
  await node.start();
  return node;
}

function listen(node: RedisBackplane, topic: string) {
  const messages: Json[] = [];
  let gaps = 0;
  node.topics.subscribe(topic, {
    message: (message) => messages.push(message),
    gap: () => (gaps += 1),
  });
  return { messages, gaps: () => gaps };
}

/** Everything that the server holds, as text. */
async function dump({ url }: RedisServer): Promise<string> {
  const client = new Redis(url);
  const keys = await client.keys('*');
  const values = await Promise.all(
    keys.map(async (key) => {
      const type = await client.type(key);
      if (type === 'string') return client.get(key);
      if (type === 'stream') return client.xrange(key, '-', '+');
      return type === 'hash' ? client.hgetall(key) : client.zrange(key, 0, '-1');
    }),
  );
  client.disconnect();
  return JSON.stringify([keys, values]);
}

describe('RedisBackplane, when Redis fails,', () => {
  afterEach(async () => {
    for (const one of open.splice(0).toReversed()) await one.stop();
  });

  it('starts without it, is not reachable, and begins when it comes', async () => {
    const server = await startServer();
    await server.stop();
    const node = await startNode(server);
    let times = 0;
    node.onReachable(() => (times += 1));
    expect(node.isReachable).toBe(false);
    await expect(node.records.get('key')).rejects.toMatchObject({ code: 'BACKPLANE_FAILED' });
    const { messages } = listen(node, 'topic');

    await server.start();

    await eventually(() => expect(node.isReachable).toBe(true));
    await eventually(() => expect(times).toBeGreaterThan(0));
    await eventually(async () => {
      await node.topics.publish('topic', { n: 1 });
      expect(messages.length).toBeGreaterThan(0);
    });
  });

  it('says why it cannot connect, and not where to or with what', async () => {
    const server = await startServer('--requirepass', 'hunter2');
    const log = LogRecorder.install();
    onTestFinished(() => LogRecorder.remove());

    await startNode({ url: server.url.replace('//', '//:wrong@') });

    expect(log.text).toContain('Redis failed with WRONGPASS at the start');
    expect(log.text).not.toMatch(/hunter2|wrong@|127\.0\.0\.1/);
  });

  it('fails within its time limit where Redis hangs, and goes on when it answers', async () => {
    const server = await startServer();
    const node = await startNode(server, { timeoutMs: 50 });
    await node.records.put('key', { n: 1 }, { ttlMs: MINUTE });
    let times = 0;
    node.onReachable(() => (times += 1));
    const before = times;

    server.freeze();
    await eventually(async () => {
      await expect(node.records.get('key')).rejects.toMatchObject({ code: 'BACKPLANE_FAILED' });
      expect(node.isReachable).toBe(false);
    });
    server.thaw();

    await eventually(async () => expect((await node.records.get('key'))?.value).toEqual({ n: 1 }));
    await eventually(() => expect(times).toBeGreaterThan(before));
  });

  it('delivers at this node meanwhile, and each message once', async () => {
    const server = await startServer();
    const node = await startNode(server, { timeoutMs: 200 });
    const { messages } = listen(node, 'topic');
    await node.topics.ready('topic');

    server.freeze();
    const sent = await Promise.all([1, 2, 3].map((n) => node.topics.publish('topic', { n })));
    expect(sent).toEqual([false, false, false]);
    expect(messages).toHaveLength(3);
    server.thaw();
    await eventually(async () => expect(await node.topics.publish('topic', { n: 4 })).toBe(true));

    await eventually(() => expect(messages.at(-1)).toEqual({ n: 4 }));
    expect(messages.filter(({ n }) => n !== 4).map(({ n }) => n)).toEqual([1, 2, 3]);
  });

  it('brings what other nodes sent while the connection was lost', async () => {
    const server = await startServer();
    const [one, other] = [await startNode(server), await startNode(server)];
    const { messages } = listen(one, 'topic');
    await one.topics.ready('topic');
    const client = new Redis(server.url);

    await client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    client.disconnect();
    await eventually(async () => expect(await other.topics.publish('topic', { n: 1 })).toBe(true));

    await eventually(() => expect(messages).toContainEqual({ n: 1 }));
  });

  it('tells that data were lost, and goes on', async () => {
    const server = await startServer();
    const node = await startNode(server);
    let losses = 0;
    node.onDataLost(() => (losses += 1));
    await server.flush();

    await node.leases.renew();

    expect(losses).toBe(1);
    expect(await node.leases.isAlive(node.nodeId)).toBe(true);
    await node.leases.renew();
    expect(losses).toBe(1);
  });

  it('holds nothing that can be read, named or invented', async () => {
    const server = await startServer();
    const node = await startNode(server);
    await node.records.put('session of ada', { owner: 'ada' }, { ttlMs: MINUTE });
    await node.logs.append('log of ada', { owner: 'ada' }, { ttlMs: MINUTE, maxEntries: 9 });
    await node.counters.enter('set of ada', 'member ada', { max: 9, ttlMs: MINUTE });
    await node.counters.addHits([{ key: 'hits of ada', windowMs: MINUTE, hits: 1 }]);
    await node.topics.publish('topic of ada', { owner: 'ada' });
    expect(await dump(server)).not.toMatch(/ada/);

    const client = new Redis(server.url);
    const [key = ''] = await client.keys('p:r:*');
    const stored = (await client.get(key)) ?? '';
    const flipped = stored.slice(0, -2) + (stored.at(-2) === 'A' ? 'B' : 'A') + stored.slice(-1);
    for (const forged of [
      '1 {"owner":"eve"}',
      'nonsense',
      '',
      flipped,
      stored.replace(' 1.', ' 2.'),
    ]) {
      await client.set(key, forged);
      expect(await node.records.get('session of ada'), forged).toBeUndefined();
    }
    await node.records.put('session of eve', { owner: 'eve' }, { ttlMs: MINUTE });
    const [other = ''] = (await client.keys('p:r:*')).filter((name) => name !== key);
    await client.set(key, (await client.get(other)) ?? '');
    expect(await node.records.get('session of ada'), 'moved to another key').toBeUndefined();
    client.disconnect();
  });

  it('ends keys by themselves, or bounds them', async () => {
    const server = await startServer();
    const node = await startNode(server);
    await node.records.put('r', {}, { ttlMs: MINUTE });
    await node.logs.append('g', {}, { ttlMs: MINUTE, maxEntries: 9 });
    await node.counters.enter('s', 'm', { max: 9, ttlMs: MINUTE });
    await node.counters.addHits([{ key: 'h', windowMs: MINUTE, hits: 1 }]);
    await node.leases.acquire('l', MINUTE);
    await node.topics.publish('topic', {});
    const client = new Redis(server.url);
    for (const key of await client.keys('*')) {
      const isBounded = key.includes(':b:') || (await client.pttl(key)) > 0;
      expect(isBounded, key).toBe(true);
    }
    client.disconnect();
  });
});

describe('RedisBackplane does not start', () => {
  afterEach(async () => {
    for (const one of open.splice(0).toReversed()) await one.stop();
  });

  it('on a server that evicts keys', async () => {
    const server = await startServer('--maxmemory', '100mb', '--maxmemory-policy', 'volatile-lru');

    await expect(createNode(server).start()).rejects.toThrow(
      /maxmemory-policy is volatile-lru.*noeviction/,
    );
  });

  it('under the prefix of a service with another secret', async () => {
    const server = await startServer();
    await startNode(server);

    await expect(createNode(server, { secret: OTHER }).start()).rejects.toThrow(/REDIS_PREFIX/);
    await expect(startNode(server, { secret: OTHER, prefix: 'q' })).resolves.toBeDefined();
  });

  it('except with a list that has the secret', async () => {
    const server = await startServer();
    const before = await startNode(server);
    await before.records.put('key', { n: 1 }, { ttlMs: MINUTE });

    const both = await startNode(server, { secret: [CLUSTER_SECRET, OTHER] });
    const turned = await startNode(server, { secret: [OTHER, CLUSTER_SECRET] });
    await turned.records.put('other', { n: 2 }, { ttlMs: MINUTE });
    const after = await startNode(server, { secret: OTHER });

    expect((await turned.records.get('key'))?.value).toEqual({ n: 1 });
    expect((await both.records.get('other'))?.value).toEqual({ n: 2 });
    expect((await after.records.get('other'))?.value).toEqual({ n: 2 });
    expect(await after.records.get('key')).toBeUndefined();
    expect(turned.keys('x')[1]).toEqual(before.keys('x')[0]);
  });
});

describe('RedisModule refuses', () => {
  const url = 'redis://localhost:6379';
  it.each([
    ['no options', undefined, /without options/],
    ['neither url nor client', { secret: CLUSTER_SECRET }, /url \(REDIS_URL\) or client/],
    [
      'another protocol',
      { url: 'http://localhost', secret: CLUSTER_SECRET },
      /redis:\/\/host:6379/,
    ],
    ['no secret', { url }, /CLUSTER_SECRET\) is missing/],
    ['an empty list of secrets', { url, secret: [] }, /empty/],
    ['a short secret', { url, secret: 'short' }, /shorter than 32 bytes/],
    ['a repeated character', { url, secret: 'a'.repeat(64) }, /repeats few characters/],
    ['a short one in a list', { url, secret: [CLUSTER_SECRET, 'short'] }, /secret 2 .*shorter/],
    ['a prefix with braces', { url, secret: CLUSTER_SECRET, prefix: '{a}' }, /prefix is malformed/],
    ['an empty prefix', { url, secret: CLUSTER_SECRET, prefix: '' }, /prefix is malformed/],
    ['no time', { url, secret: CLUSTER_SECRET, timeoutMs: 0 }, /timeoutMs is 0/],
    ['an unknown option', { url, secret: CLUSTER_SECRET, sercet: 'x' }, /sercet/],
  ])('%s', (_what, options, message) => {
    const resolve = () => resolveRedisOptions(options as never);

    expect(resolve).toThrow(message);
    expect(resolve).toThrow(expect.objectContaining({ code: 'INVALID_REDIS_CONFIGURATION' }));
  });

  it('a malformed URL without repeating its password', () => {
    const resolve = () =>
      resolveRedisOptions({ url: 'rediss//:hunter2@host', secret: CLUSTER_SECRET });

    expect(resolve).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(/hunter2/) }),
    );
  });
});

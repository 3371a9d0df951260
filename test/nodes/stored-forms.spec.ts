import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../src/backplane/backplane.js';
import { RedisBackplane } from '../../src/redis/redis-backplane.js';
import type { RedisCommands } from '../../src/redis/redis-commands.js';
import { resolveRedisOptions } from '../../src/redis/redis.options.js';
import { Sealer } from '../../src/redis/sealer.js';
import { eventually } from '../support/within.js';
import { CLUSTER_SECRET, RedisServer } from './support/redis-server.js';

const HOUR = 3_600_000;

/** What a node of a later version may write: the forms of this one, with more in them. */
describe('The forms in Redis', () => {
  let server: RedisServer;
  let node: RedisBackplane;
  let client: Redis;
  let commands: RedisCommands;
  const sealer = new Sealer([CLUSTER_SECRET]);
  const messages: Json[] = [];

  beforeAll(async () => {
    server = await RedisServer.start();
    const options = { url: server.url, secret: CLUSTER_SECRET, timeoutMs: 30_000 };
    node = new RedisBackplane(resolveRedisOptions(options));
    await node.start();
    commands = Reflect.get(node, 'commands');
    client = new Redis(server.url);
    node.topics.subscribe('topic', { message: (message) => void messages.push(message) });
    await node.topics.ready('topic');
  });

  afterAll(async () => {
    client.disconnect();
    await node.stop();
    await server.stop();
  });

  it('of hits keep what a later version has added', async () => {
    const hits = { key: 'hits', windowMs: HOUR, hits: 2 };
    await node.counters.addHits([hits]);
    const key = commands.key('h', 'hits');
    await client.hset(key, 'later', '1');

    const [sums] = await node.counters.addHits([hits]);

    // The window may have ended in between.
    expect((sums?.current ?? 0) + (sums?.earlier ?? 0)).toBe(4);
    expect(await client.hget(key, 'later')).toBe('1');
  });

  it('of hits that are no numbers count as none', async () => {
    await client.hset(commands.key('h', 'odd'), 'w', 'x', 'c', 'y', 'e', '');

    expect(await node.counters.addHits([{ key: 'odd', windowMs: HOUR, hits: 1 }])).toMatchObject([
      { current: 1, earlier: 0, isCounted: true },
    ]);
  });

  it('of a lease hold it', async () => {
    const key = commands.key('l', 'lease');
    for (const value of ['17 abcdefgh', '17 abcdefgh later', 'later']) {
      await client.set(key, value, 'PX', HOUR);
      expect(await node.leases.acquire('lease', HOUR), value).toBeUndefined();
    }
    await client.del(key);
    expect(await node.leases.acquire('lease', HOUR)).toBeDefined();
  });

  it('of messages are read, and skipped where they cannot be', async () => {
    const key = commands.topicKey('b', 'topic');
    const add = (value: Json, ...more: string[]) =>
      client.xadd(key, '*', 'd', sealer.seal(value, key), ...more);
    await add({ id: '1', message: { n: 1 }, trace: 'later' });
    await add({ id: '2', message: { n: 2 } }, 'later', '1');
    await add({ id: '3', message: 'later' });
    await add({ later: true });
    await client.xadd(key, '*', 'later', '1');
    await client.xadd(key, '*', 'd', sealer.seal({ id: '4', message: { n: 4 } }, key).slice(1));
    await add({ id: '5', message: { n: 5 } });

    await eventually(() => expect(messages).toEqual([{ n: 1 }, { n: 2 }, { n: 5 }]));
  });

  it('of mail are answered, and skipped where they cannot be', async () => {
    const seen: Json[] = [];
    node.mailbox.handle('subject', (message) => {
      seen.push(message);
      return { ok: true };
    });
    const [own, key] = [node.nodeId, 'other234'].map((name) => commands.topicKey('m', name));
    const send = (mail: Json) =>
      client.xadd(own ?? '', '*', 'd', sealer.seal(mail, own ?? ''), 'later', '1');
    const mail = { from: 'other234', subject: 'subject', message: { n: 1 } };
    await send({ ...mail, id: 'later' });
    await send({ ...mail, id: 1, message: 'later' });
    await send({ ...mail, id: 2, subject: 'unknown' });
    await send({ ...mail, id: 3, until: 'later', trace: 'later' });

    const answers = await eventually(async () => {
      const entries = await client.xrange(key ?? '', '-', '+');
      expect(entries).toHaveLength(2);
      return entries.map(([, [, sealed = '']]) => sealer.open(sealed, key ?? ''));
    });
    expect(answers).toContainEqual({ id: 2, failed: true });
    expect(answers).toContainEqual({ id: 3, answer: { ok: true } });
    expect(seen).toEqual([{ n: 1 }]);
  });
});

import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readFileSync } from 'node:fs';
import { RedisBackplane } from '../../src/redis/redis-backplane.js';
import { resolveRedisOptions, type RedisModuleOptions } from '../../src/redis/redis.options.js';
import { describeBackplane } from '../backplane/backplane-contract.js';
import { eventually } from '../support/within.js';
import { CLUSTER_SECRET, RedisServer } from './support/redis-server.js';
import { startProcesses } from './support/service-processes.js';
import { startCluster, startSentinel, startTls, type RedisKind } from './support/redis-kinds.js';

type Access = Pick<RedisModuleOptions, 'url' | 'client' | 'prefix'>;

const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.stop();
});

function createNode(access: Access): RedisBackplane {
  const options = { secret: CLUSTER_SECRET, timeoutMs: 30_000, ...access };
  return new RedisBackplane(resolveRedisOptions(options as RedisModuleOptions));
}

async function startTwo(create: () => Access, stop: () => Promise<void>) {
  const [one, other] = [createNode(create()), createNode(create())];
  await Promise.all([one.start(), other.start()]);
  const close = async () => {
    await Promise.all([one.stop(), other.stop()]);
    await stop();
  };
  return { one, other, close };
}

const KINDS = {
  'TLS with an authority of its own': startTls,
  Sentinel: startSentinel,
  Cluster: startCluster,
} satisfies Record<string, () => Promise<RedisKind>>;

describe.each(Object.entries(KINDS))('RedisBackplane over %s', (_name, start) => {
  describeBackplane(async () => {
    const kind = await start();
    return startTwo(
      () => ({ client: kind.client() }),
      () => kind.stop(),
    );
  });
});

describe.each([
  ['Sentinel', startSentinel],
  ['Cluster', startCluster],
] as const)('RedisBackplane, when a primary of %s is killed,', (_name, start) => {
  it('goes on with the replica: records, topics and mailboxes', async () => {
    const kind = await start();
    open.push(kind);
    const { one, other, close } = await startTwo(
      () => ({ client: kind.client() }),
      async () => undefined,
    );
    open.push({ stop: close });
    const heard: unknown[] = [];
    other.topics.subscribe('topic', { message: ({ n }) => heard.push(n) });
    await other.topics.ready('topic');
    other.mailbox.handle('echo', async (message) => message);
    await one.topics.publish('topic', { n: 1 });
    await eventually(() => expect(heard).toContain(1));

    await kind.killPrimary();

    let n = 1;
    await eventually(async () => {
      n += 1;
      // A name of its own each time, so that all slots of a cluster are used.
      expect(await one.records.put(`key ${n}`, { n }, { ttlMs: 60_000 })).toBeDefined();
      expect((await other.records.get(`key ${n}`))?.value).toEqual({ n });
    });
    await eventually(async () => {
      n += 1;
      expect(await one.topics.publish('topic', { n })).toBe(true);
    });
    await eventually(() => expect(heard).toContain(n));
    await eventually(async () => {
      expect(await one.mailbox.ask(other.nodeId, 'echo', { n })).toEqual({ n });
    });
  });
});

describe('RedisBackplane over TLS', () => {
  it('does not speak to a server whose authority it does not know', async () => {
    const { url, stop } = await startTls();
    const node = createNode({ url });
    await node.start();
    expect(node.isReachable).toBe(false);
    await expect(node.records.get('key')).rejects.toMatchObject({ code: 'BACKPLANE_FAILED' });
    await node.stop();
    await stop();
  });
});

it('The service speaks TLS to an authority that NODE_EXTRA_CA_CERTS names', async () => {
  const tls = await startTls();
  open.push(tls);
  // It is ready once it has read the revocations.
  const env = { REDIS_URL: tls.url, NODE_EXTRA_CA_CERTS: tls.ca };
  const service = await startProcesses(1, env);
  open.push(service);
  const { status } = await fetch(`${service.nodes[0]?.origin}/health/ready`);
  expect(status).toBe(200);
});

describe('RedisBackplane over the Redis of compose.yaml', () => {
  const file = readFileSync(new URL('../../compose.yaml', import.meta.url), 'utf8');
  const { services } = parse(file, { merge: true });
  const fill = (text: string) => text.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1');
  const [, ...options] = services.redis.command.map(String).map(fill);

  describeBackplane(async () => {
    const server = await RedisServer.start(...options);
    const { REDIS_URL: url, REDIS_PREFIX: prefix } = services['node-1'].environment;
    return startTwo(
      () => ({ url: fill(url).replace('redis:6379', `127.0.0.1:${server.port}`), prefix }),
      () => server.stop(),
    );
  });

  it('lets nobody in without the password, and the nodes do nothing else', async () => {
    const server = await RedisServer.start(...options);
    const node = createNode({ url: server.url });
    await node.start();
    expect(node.isReachable).toBe(false);
    await node.stop();
    await server.stop();
  });
});

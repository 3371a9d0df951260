import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Json } from '../../src/backplane/backplane.js';
import {
  NoInstrumentation,
  type GaugeValue,
  type Instrumentation,
} from '../../src/instrumentation/instrumentation.js';
import type { GaugeName } from '../../src/instrumentation/metrics.js';
import { RedisBackplane } from '../../src/redis/redis-backplane.js';
import { resolveRedisOptions } from '../../src/redis/redis.options.js';
import { eventually } from '../support/within.js';
import { CLUSTER_SECRET, RedisServer } from './support/redis-server.js';

const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.stop();
});

/** Reads gauges as a collector does. */
class Gauges extends NoInstrumentation {
  private readonly reads: (readonly [name: GaugeName, read: () => GaugeValue])[] = [];

  override gauge(...gauge: Parameters<Instrumentation['gauge']>): () => void {
    this.reads.push(gauge);
    return () => undefined;
  }

  read(name: GaugeName, state?: string): number {
    const values = this.reads.filter(([known]) => known === name).map(([, read]) => read());
    const found = values.find(({ attributes }) => attributes?.['state'] === state);
    if (!found) throw new Error(`No gauge ${name}.`);
    return found.value;
  }
}

async function startNodes() {
  const server = await RedisServer.start();
  open.push(server);
  return Promise.all([startNode(server), startNode(server)]);
}

async function startNode({ url }: RedisServer) {
  const options = { url, secret: CLUSTER_SECRET, timeoutMs: 30_000, prefix: 'p' };
  const node = new RedisBackplane(resolveRedisOptions(options));
  open.push(node);
  const gauges = new Gauges();
  await node.start();
  node.tell(gauges);
  return { node, gauges };
}

describe('The metrics of the backplane', () => {
  it('say how late the latest messages were handled', async () => {
    const [one, other] = await startNodes();
    const messages: Json[] = [];
    other.node.topics.subscribe('news', { message: (message) => messages.push(message) });
    await other.node.topics.ready('news');
    other.gauges.read('nestjs_clerk_mcp.backplane.lag');
    const now = other.node.now.bind(other.node);
    vi.spyOn(other.node, 'now').mockImplementation(() => now() + 90_000);
    await one.node.topics.publish('news', { n: 1 });
    await eventually(() => expect(messages).toEqual([{ n: 1 }]));
    await eventually(() =>
      expect(other.gauges.read('nestjs_clerk_mcp.backplane.lag')).toBeGreaterThan(80),
    );
    expect(other.gauges.read('nestjs_clerk_mcp.backplane.lag')).toBe(0);
  });

  it('say how many messages wait for an answer, and how many are handled', async () => {
    const [one, other] = await startNodes();
    const released: (() => void)[] = [];
    other.node.mailbox.handle('work', async () => {
      await new Promise<void>((resolve) => released.push(resolve));
      return {};
    });
    const name = 'nestjs_clerk_mcp.backplane.messages';
    const answers = [1, 2].map((n) =>
      one.node.mailbox.ask(other.node.nodeId, 'work', { n }, 600_000),
    );
    await eventually(() => expect(other.gauges.read(name, 'handling')).toBe(2));
    expect(one.gauges.read(name, 'waiting')).toBe(2);
    expect(one.gauges.read(name, 'handling')).toBe(0);
    for (const release of released) release();
    await Promise.all(answers);
    expect(one.gauges.read(name, 'waiting')).toBe(0);
    await eventually(() => expect(other.gauges.read(name, 'handling')).toBe(0));
  });
});

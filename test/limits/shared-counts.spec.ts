import { afterEach, describe, expect, it } from 'vitest';
import { InProcessBackplane } from '../../src/backplane/in-process-backplane.js';
import { BoundedThrottlerStorage } from '../../src/limits/bounded-throttler.storage.js';
import { resolveLimits } from '../../src/limits/limits.options.js';
import { createHitWindows, SharedHitWindows } from '../../src/limits/shared-hit-windows.js';
import {
  ExactThrottlerStorage,
  SharedThrottlerStorage,
} from '../../src/limits/shared-throttler.storage.js';
import { type NodeInProcess, ServiceOfNodes } from '../support/service-of-nodes.js';
import { eventually } from '../support/within.js';
import { NoInstrumentation } from '../../src/instrumentation/instrumentation.js';

const NOT_COUNTED = new NoInstrumentation();

const HOUR = 3_600_000;
const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const windowsAt = (node: NodeInProcess, limit = 4, everyMs = 1) => {
  const windows = new SharedHitWindows({ limit, ttl: HOUR, max: 3 }, node, {
    purpose: 'test',
    everyMs,
  });
  stops.push(() => windows.stop());
  return windows;
};

describe('SharedHitWindows', () => {
  it('refuse what all nodes together have counted', async () => {
    const engine = new ServiceOfNodes();
    const [one, other] = [windowsAt(engine.node()), windowsAt(engine.node())];
    for (let hit = 0; hit < 3; hit += 1) one.hit('a');
    await eventually(() => expect(engine.commands).toEqual(['counters.addHits']));
    expect(other.pauseOf('a')).toBe(0);
    other.hit('a');

    await eventually(() => expect(other.pauseOf('a')).toBeGreaterThan(0));
    expect(other.pauseOf('b')).toBe(0);
  });

  it('decide at once, and send all hits of a time in one round trip', async () => {
    const engine = new ServiceOfNodes();
    const windows = windowsAt(engine.node(), 100, 20);
    for (let hit = 0; hit < 50; hit += 1) windows.hit(`key ${hit % 2}`);
    expect(windows.countOf('key 0')).toBe(25);

    await eventually(() => expect(engine.commands).toEqual(['counters.addHits']));
    expect(windows.countOf('key 0')).toBe(25);
    windows.hit('key 0');
    expect(windows.countOf('key 0')).toBe(26);
  });

  it('send nothing where nothing was counted', async () => {
    const engine = new ServiceOfNodes();
    const windows = windowsAt(engine.node());
    windows.hit('a');
    await eventually(() => expect(engine.commands).toHaveLength(1));
    await new Promise((resolve) => setTimeout(resolve, 20));

    expect(engine.commands).toHaveLength(1);
  });

  it('count by themselves while the engine is away, and tell it later', async () => {
    const engine = new ServiceOfNodes();
    const [node, later] = [engine.node(), engine.node()];
    const windows = windowsAt(node, 4);
    node.goAway();
    for (let hit = 0; hit < 4; hit += 1) windows.hit('a');
    expect(windows.pauseOf('a')).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 10));
    node.comeBack();

    const other = windowsAt(later, 4);
    await eventually(() => expect(engine.commands).toContain('counters.addHits'));
    other.hit('a');
    await eventually(() => expect(other.pauseOf('a')).toBeGreaterThan(0));
  });

  it('keep a bounded number of keys that were not sent', async () => {
    const engine = new ServiceOfNodes();
    const node = engine.node();
    const sent: number[] = [];
    const { counters } = node;
    Object.assign(node, {
      counters: {
        addHits: (hits: never[]) => {
          sent.push(hits.length);
          return counters.addHits(hits);
        },
      },
    });
    const windows = windowsAt(node, 4, 20);
    for (let key = 0; key < 10; key += 1) windows.hit(`key ${key}`);

    await eventually(() => expect(sent).toEqual([3]));
  });

  it('send the last hits when the application ends', async () => {
    const engine = new ServiceOfNodes();
    const windows = windowsAt(engine.node(), 4, HOUR);
    windows.hit('a');
    await windows.stop();

    expect(engine.commands).toEqual(['counters.addHits']);
  });

  it('are those of the process where the backplane is not shared', () => {
    const limit = { limit: 1, ttl: HOUR, max: 3 };
    expect(createHitWindows(limit, new InProcessBackplane(), 'test')).not.toBeInstanceOf(
      SharedHitWindows,
    );
    expect(createHitWindows(limit, new ServiceOfNodes().node(), 'test')).toBeInstanceOf(
      SharedHitWindows,
    );
  });
});

describe('SharedThrottlerStorage', () => {
  it('counts at once, over all nodes', async () => {
    const engine = new ServiceOfNodes();
    const [one, other] = [engine.node(), engine.node()].map((node) => {
      const storage = new SharedThrottlerStorage(10, node, 1);
      stops.push(() => storage.stop());
      return storage;
    });
    const hit = (storage = one) => storage?.count('alice', HOUR, 3, 0, 'principal');
    expect([hit(), hit()]).toMatchObject([{ totalHits: 1 }, { totalHits: 2 }]);
    await eventually(() => expect(engine.commands).toHaveLength(1));
    expect(hit(other)).toMatchObject({ isBlocked: false, totalHits: 1 });
    await eventually(() => expect(engine.commands).toHaveLength(2));

    await eventually(() => expect(hit(other)).toMatchObject({ isBlocked: true }));
    // Another limit of the same caller is another one.
    expect(other?.count('alice', HOUR, 3, 0, 'client').isBlocked).toBe(false);
  });
});

describe('ExactThrottlerStorage', () => {
  it('counts each hit at the engine, and refuses at every node at once', async () => {
    const engine = new ServiceOfNodes();
    const nodes = [engine.node(), engine.node()].map(
      ({ counters }) => new ExactThrottlerStorage(counters, 10),
    );
    const records = [];
    for (let hit = 0; hit < 5; hit += 1) {
      records.push(await nodes[hit % 2]?.increment('alice', HOUR, 3, 0, 'principal'));
    }

    expect(records.map((record) => record?.isBlocked)).toEqual([false, false, false, true, true]);
    expect(records.map((record) => record?.totalHits)).toEqual([1, 2, 3, 4, 4]);
    expect(records[3]?.timeToBlockExpire).toBeGreaterThan(0);
    expect(engine.commands).toHaveLength(5);
  });

  it('blocks for as long as it is told, without asking', async () => {
    const engine = new ServiceOfNodes();
    const storage = new ExactThrottlerStorage(engine.node().counters, 10);
    const hit = () => storage.increment('alice', HOUR, 1, 2 * HOUR, 'principal');
    await hit();
    expect(await hit()).toMatchObject({ isBlocked: true, timeToBlockExpire: 7_200 });
    expect((await hit()).isBlocked).toBe(true);
    expect(engine.commands).toHaveLength(2);
  });
});

describe('resolveLimits', () => {
  const shared = () => new ServiceOfNodes().node();
  it.each([
    ['in one process', {}, new InProcessBackplane(), BoundedThrottlerStorage],
    ['in one process, exact', { exact: true }, new InProcessBackplane(), BoundedThrottlerStorage],
    ['with other nodes', {}, shared(), SharedThrottlerStorage],
  ])('counts %s', (_, options, backplane, type) => {
    expect(resolveLimits(options, backplane, NOT_COUNTED).storage).toBeInstanceOf(type);
  });

  it('counts by this node while the engine is away', async () => {
    const node = shared();
    const { storage } = resolveLimits({ exact: true }, node, NOT_COUNTED);
    node.goAway();
    const hit = () => storage.increment('alice', HOUR, 1, 0, 'principal');

    expect((await hit()).isBlocked).toBe(false);
    expect((await hit()).isBlocked).toBe(true);
  });

  it('refuses exact beside a storage', () => {
    const options = { exact: true, storage: new BoundedThrottlerStorage(1) };
    expect(() => resolveLimits(options, shared(), NOT_COUNTED)).toThrow(
      'exact is set beside storage',
    );
  });
});

import { afterEach, describe, expect, it } from 'vitest';
import type { Revocation } from '../../../src/access/revocation.js';
import { BackplaneRevocationBus } from '../../../src/clerk/revocation/backplane-revocation-bus.js';
import { DenyList } from '../../../src/clerk/tokens/deny-list.js';
import { type NodeInProcess, ServiceOfNodes } from '../../support/service-of-nodes.js';
import { eventually } from '../../support/within.js';

const HOUR = 3_600_000;
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A node with a deny list that hears the bus, as `ClerkRevocations` has it. */
function nodeOf(backplane: NodeInProcess, { max = 100, askMs = 1 } = {}) {
  const denied = new DenyList({ ttl: HOUR, max });
  const bus = new BackplaneRevocationBus(backplane, denied, {
    max,
    pauseMs: 1,
    retryMs: 5,
    spreadMs: 5,
    askMs,
  });
  const heard: Revocation[] = [];
  ends.push(
    bus.subscribe((revocation, until) => {
      if (until !== undefined && denied.covers(revocation, until)) return;
      denied.add(revocation, until);
      heard.push(revocation);
    }),
  );
  const revoke = async (revocation: Revocation, until = Date.now() + HOUR) => {
    denied.add(revocation, until);
    await bus.publish(revocation, until);
  };
  const known = () => denied.entries().map(({ revocation }) => revocation);
  return { backplane, bus, denied, heard, revoke, known };
}

describe('BackplaneRevocationBus', () => {
  it('tells every other node, with the time of the end', async () => {
    const engine = new ServiceOfNodes();
    const [one, other] = [nodeOf(engine.node()), nodeOf(engine.node())];
    const until = Date.now() + 1_234_567;
    await one.revoke({ userId: 'a', before: 5 }, until);

    expect(other.denied.entries()).toEqual([{ revocation: { userId: 'a', before: 5 }, until }]);
    expect(one.heard).toEqual([]);
  });

  it('loads what was revoked before the node started', async () => {
    const engine = new ServiceOfNodes();
    const one = nodeOf(engine.node());
    await one.revoke({ userId: 'a' });
    await one.revoke({ sessionId: 's' });
    const late = nodeOf(engine.node());
    expect(late.known()).toEqual([]);

    await late.bus.load();

    expect(late.denied.entries()).toEqual(expect.arrayContaining(one.denied.entries().slice()));
    expect(late.known()).toHaveLength(2);
  });

  it('loads a revocation until its own end, not for the whole time again', async () => {
    const engine = new ServiceOfNodes();
    const until = Date.now() + 60_000;
    await nodeOf(engine.node()).revoke({ userId: 'a' }, until);
    const late = nodeOf(engine.node());
    await late.bus.load();

    expect(late.denied.entries()).toMatchObject([{ until }]);
  });

  it('does not resolve the load while the engine is away', async () => {
    const backplane = new ServiceOfNodes().node();
    backplane.goAway();

    await expect(nodeOf(backplane).bus.load()).rejects.toThrow('backplane failed');
  });

  it('stores again what the engine has lost, for nodes that start later', async () => {
    const engine = new ServiceOfNodes();
    const [one, other] = [nodeOf(engine.node()), nodeOf(engine.node())];
    await one.revoke({ userId: 'a' });
    await other.revoke({ userId: 'b' });
    engine.loseData();
    // It started after the loss, and before the others have noticed it.
    const early = nodeOf(engine.node());
    await early.bus.load();

    await eventually(() => expect(early.known()).toHaveLength(2));
    const late = nodeOf(engine.node());
    await late.bus.load();
    expect(late.known()).toHaveLength(2);
  });

  it('asks the other nodes for what the engine has lost, and waits for the first that knows', async () => {
    const engine = new ServiceOfNodes();
    const one = nodeOf(engine.node());
    await one.bus.load();
    await one.revoke({ userId: 'a' });
    await one.revoke({ sessionId: 's' });
    engine.loseData({ isNoticed: false });
    const late = nodeOf(engine.node(), { askMs: HOUR });
    await late.bus.load();

    expect(late.known()).toHaveLength(2);
    // They are stored again, so that the next one need not ask.
    const next = nodeOf(engine.node(), { askMs: HOUR });
    const published = engine.commands.filter((command) => command === 'topics.publish').length;
    await next.bus.load();
    expect(next.known()).toHaveLength(2);
    expect(engine.commands.filter((command) => command === 'topics.publish')).toHaveLength(
      published,
    );
  });

  it('asks again when the data are lost while it loads', async () => {
    const engine = new ServiceOfNodes();
    const one = nodeOf(engine.node());
    await one.bus.load();
    await one.revoke({ userId: 'a' });
    const backplane = engine.node();
    const { counters } = backplane;
    let reads = 0;
    const members = (set: string) => {
      reads += 1;
      if (reads === 1) engine.loseData({ isNoticed: false });
      return counters.members(set);
    };
    Object.assign(backplane, { counters: { members } });
    const late = nodeOf(backplane, { askMs: HOUR });
    await late.bus.load();

    expect(late.known()).toEqual([{ userId: 'a' }]);
  });

  it('loads where there is nobody to ask, and is not answered by a node that loads itself', async () => {
    const engine = new ServiceOfNodes();
    const [one, other] = [nodeOf(engine.node()), nodeOf(engine.node())];
    await Promise.all([one.bus.load(), other.bus.load()]);
    expect(engine.commands).not.toContain('mailbox.ask');
  });

  it('does not resolve the load when the question cannot be sent', async () => {
    const node = nodeOf(new ServiceOfNodes().node());
    Object.assign(node.backplane.topics, { publish: async () => false });

    await expect(node.bus.load()).rejects.toThrow('could not be asked');
  });

  it('fails where the engine is away, and tells the others once it is back', async () => {
    const engine = new ServiceOfNodes();
    const [one, other] = [nodeOf(engine.node()), nodeOf(engine.node())];
    await one.bus.load();
    one.backplane.goAway();

    await expect(one.revoke({ userId: 'a' })).rejects.toThrow('backplane failed');
    expect(other.known()).toEqual([]);
    one.backplane.comeBack();

    await eventually(() => expect(other.known()).toEqual([{ userId: 'a' }]));
  });

  it('tells the others what the engine has stored late, or in an attempt that failed', async () => {
    const engine = new ServiceOfNodes();
    const [one, other] = [nodeOf(engine.node()), nodeOf(engine.node())];
    await one.bus.load();
    await other.bus.load();
    const { counters } = one.backplane;
    let isLate = true;
    const enter: typeof counters.enter = async (...entry) => {
      const answer = await counters.enter(...entry);
      if (isLate) throw new Error('timed out');
      return answer;
    };
    const members = (set: string) => counters.members(set);
    Object.assign(one.backplane, { counters: { enter, members } });

    await expect(one.revoke({ userId: 'a' })).rejects.toThrow('timed out');
    await eventually(() => expect(other.known()).toEqual([{ userId: 'a' }]));
    // Found missing, and stored by an exchange that fails.
    one.denied.add({ userId: 'b' }, Date.now() + HOUR);
    one.backplane.noticeLoss();
    await eventually(() => expect(other.known()).toHaveLength(2));
    isLate = false;
  });

  it('stores again what a failover may have lost', async () => {
    const engine = new ServiceOfNodes();
    const one = nodeOf(engine.node());
    await one.bus.load();
    await one.revoke({ userId: 'a' });
    one.backplane.goAway();
    engine.loseData({ isNoticed: false });
    one.backplane.comeBack();

    await eventually(async () => {
      const late = nodeOf(engine.node());
      await late.bus.load();
      expect(late.known()).toEqual([{ userId: 'a' }]);
    });
  });

  it('reads the set again when messages were lost, and hears only what is new', async () => {
    const engine = new ServiceOfNodes();
    const one = nodeOf(engine.node());
    await one.revoke({ userId: 'a' });
    let gap: (() => void) | undefined;
    const backplane = engine.node();
    const { topics } = backplane;
    Object.assign(backplane, {
      topics: {
        publish: topics.publish,
        ready: topics.ready,
        subscribe: (_: string, listener: { gap?: () => void }) => {
          gap = () => listener.gap?.();
          return () => undefined;
        },
      },
    });
    const deaf = nodeOf(backplane);
    await deaf.bus.load();
    await one.revoke({ userId: 'b' });
    expect(deaf.heard).toEqual([{ userId: 'a' }]);
    gap?.();

    await eventually(() => expect(deaf.heard).toEqual([{ userId: 'a' }, { userId: 'b' }]));
  });

  it('leaves messages and members of other versions alone', async () => {
    const engine = new ServiceOfNodes();
    const node = nodeOf(engine.node());
    const peer = engine.node();
    const until = Date.now() + HOUR;
    for (const message of [{}, { v: 2, until, revocation: { userId: 'a' } }, { v: 1 }]) {
      await peer.topics.publish('clerk revocations', message);
    }
    for (const member of ['no JSON', '[]', JSON.stringify({ v: 2, until, revocation: {} })]) {
      await peer.counters.enter('clerk revocations others 0', member, { max: 9, ttlMs: HOUR });
    }
    await node.bus.load();

    expect(node.heard).toEqual([]);
    expect(await peer.counters.members('clerk revocations others 0')).toHaveLength(3);
  });

  it('loads many in small steps', async () => {
    const engine = new ServiceOfNodes();
    const one = nodeOf(engine.node(), { max: 3_000 });
    const until = Date.now() + HOUR;
    for (let n = 0; n < 3_000; n += 1) {
      one.denied.add({ userId: `user ${n}` }, until);
      one.denied.add({ sessionId: `session ${n}` }, until);
    }
    await one.bus.load();
    const late = nodeOf(engine.node(), { max: 3_000 });
    await late.bus.load();

    expect(late.denied.size).toBe(6_000);
    const sets = engine.commands.filter((command) => command === 'counters.members');
    expect(sets).toHaveLength(2 * 128);
  });
});

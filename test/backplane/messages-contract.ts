import { beforeAll, describe, expect, it } from 'vitest';
import { compareCursors, type Backplane, type Json } from '../../src/backplane/backplane.js';
import { eventually } from '../support/within.js';
import { fresh, type TwoNodes } from './two-nodes.js';

const MINUTE = 60_000;

/** The part of the contract about topics, logs and mailboxes. */
export function describeMessages(nodes: () => TwoNodes): void {
  let one: Backplane;
  let other: Backplane;

  beforeAll(() => {
    ({ one, other } = nodes());
  });

  describe('topics', () => {
    it('bring each message to every node once, in one order', async () => {
      const topic = fresh();
      const [atOne, atOther] = [listen(one, topic), listen(other, topic)];
      await atOne.whenReady();
      await atOther.whenReady();

      const sent = Array.from({ length: 50 }, (_, n) => ({ n }));
      await Promise.all(
        sent.map((message, index) => (index % 2 ? one : other).topics.publish(topic, message)),
      );
      await eventually(() => expect(atOne.messages).toHaveLength(50));
      await eventually(() => expect(atOther.messages).toHaveLength(50));

      expect(atOne.messages).toEqual(atOther.messages);
      expect(atOne.messages.map(({ n }) => n).toSorted(byNumber)).toEqual(sent.map(({ n }) => n));
      expect(atOne.cursors.toSorted(compareCursors)).toEqual(atOne.cursors);
    });

    it('bring everything that is published once the node is ready', async () => {
      const topic = fresh();
      const messages: Json[] = [];
      other.topics.subscribe(topic, { message: (message) => void messages.push(message) });
      await other.topics.ready(topic);
      await one.topics.publish(topic, { n: 1 });

      await eventually(() => expect(messages).toEqual([{ n: 1 }]));
    });

    it('bring what is published right after the subscription', async () => {
      const topic = fresh();
      const messages: Json[] = [];
      other.topics.subscribe(topic, { message: (message) => void messages.push(message) });
      // Not ready yet: another node may be faster.
      await one.topics.publish(topic, { n: 1 });

      await eventually(() => expect(messages).toEqual([{ n: 1 }]));
    });

    it('can be read again after a cursor, at any node', async () => {
      const topic = fresh();
      const [atOne, atOther] = [listen(one, topic), listen(other, topic)];
      await atOne.whenReady();
      await atOther.whenReady();
      for (const n of [1, 2, 3]) await one.topics.publish(topic, { n });
      await eventually(() => expect(atOther.messages).toHaveLength(3));

      const missed = other.topics.since(topic, atOther.cursors[0] ?? '');

      expect(missed?.map(({ message }) => message)).toEqual([{ n: 2 }, { n: 3 }]);
      expect(other.topics.since(topic, atOther.cursors[2] ?? '')).toEqual([]);
    });

    it.each(['', 'nonsense', '1-0', '99999999999999-0', '-1-0', '1e3-0'])(
      'have nothing after the unknown cursor "%s"',
      async (cursor) => {
        const topic = fresh();
        const atOne = listen(one, topic);
        await atOne.whenReady();
        await one.topics.publish(topic, {});
        await eventually(() => expect(atOne.messages).toHaveLength(1));

        expect(one.topics.since(topic, cursor)).toBeUndefined();
      },
    );

    it('go on for the others where one listener throws, or has left', async () => {
      const topic = fresh();
      one.topics.subscribe(topic, {
        message: () => {
          throw new Error('broken');
        },
      });
      const left = listen(one, topic);
      const stays = listen(one, topic);
      await stays.whenReady();
      left.end();

      await one.topics.publish(topic, { n: 1 });

      await eventually(() => expect(stays.messages).toEqual([{ n: 1 }]));
      expect(left.messages).toEqual([]);
    });
  });

  describe('logs', () => {
    const bounds = { ttlMs: MINUTE, maxEntries: 3 };

    it('are read at another node, after a cursor', async () => {
      const log = fresh();
      const cursors = [];
      for (const n of [1, 2, 3]) cursors.push(await one.logs.append(log, { n }, bounds));

      const all = await other.logs.read(log);
      const rest = await other.logs.read(log, cursors[0]);

      expect(all?.map(({ message }) => message)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
      expect(rest?.map(({ cursor }) => cursor)).toEqual(cursors.slice(1));
      expect(await other.logs.read(log, cursors[2])).toEqual([]);
    });

    it('keep the latest entries, and do not know the cursors of those that they dropped', async () => {
      const log = fresh();
      const first = await one.logs.append(log, { n: 1 }, bounds);
      for (const n of [2, 3, 4]) await one.logs.append(log, { n }, bounds);

      expect((await one.logs.read(log))?.map(({ message }) => message['n'])).toEqual([2, 3, 4]);
      expect(await one.logs.read(log, first)).toBeUndefined();
      expect(await one.logs.read(log, 'nonsense')).toBeUndefined();
    });

    it('do not exist before their first entry', async () => {
      expect(await one.logs.read(fresh())).toBeUndefined();
    });
  });

  describe('mailbox', () => {
    it('brings a message to one node, and its answer back', async () => {
      const subject = fresh();
      other.mailbox.handle(subject, (message, from) => ({ got: message, from }));

      const answer = await one.mailbox.ask(other.nodeId, subject, { n: 1 });

      expect(answer).toEqual({ got: { n: 1 }, from: one.nodeId });
    });

    it('does not mix up answers', async () => {
      const subject = fresh();
      other.mailbox.handle(subject, async ({ n }) => {
        await new Promise((resolve) => setTimeout(resolve, 20 - Number(n)));
        return { n };
      });
      const numbers = Array.from({ length: 20 }, (_, n) => n);

      const answers = await Promise.all(
        numbers.map((n) => one.mailbox.ask(other.nodeId, subject, { n }, MINUTE)),
      );

      expect(answers.map(({ n }) => n)).toEqual(numbers);
    });

    it('says when the node has ended', async () => {
      const asked = one.mailbox.ask('nobody22', fresh(), {});

      await expect(asked).rejects.toMatchObject({ code: 'NODE_GONE' });
    });

    it('fails where the node has no handler, or the handler fails', async () => {
      const subject = fresh();
      other.mailbox.handle(subject, () => {
        throw new Error('a detail that stays there');
      });

      const failed = one.mailbox.ask(other.nodeId, subject, {});
      await expect(failed).rejects.toMatchObject({ code: 'BACKPLANE_FAILED' });
      await expect(failed).rejects.not.toThrow(/detail/);
      await expect(one.mailbox.ask(other.nodeId, fresh(), {})).rejects.toThrow('backplane failed');
    });
  });
}

function listen(node: Backplane, topic: string) {
  const messages: Json[] = [];
  const cursors: string[] = [];
  let isReady = false;
  const end = node.topics.subscribe(topic, {
    message: (message, cursor) => {
      if ('isProbe' in message) {
        isReady = true;
        return;
      }
      messages.push(message);
      cursors.push(cursor ?? '');
    },
  });
  return {
    messages,
    cursors,
    end,
    /** A subscription is in force when the node has found the end of the topic. */
    whenReady: () =>
      eventually(async () => {
        if (!isReady) await node.topics.publish(topic, { isProbe: true });
        expect(isReady).toBe(true);
      }),
  };
}

const byNumber = (one: unknown, other: unknown): number => Number(one) - Number(other);

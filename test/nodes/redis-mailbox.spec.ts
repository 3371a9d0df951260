import { setImmediate } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { RedisCommands } from '../../src/redis/redis-commands.js';
import type { RedisLeases } from '../../src/redis/redis-leases.js';
import { RedisMailbox } from '../../src/redis/redis-mailbox.js';
import { Sealer } from '../../src/redis/sealer.js';
import type { ReadStream, StreamReader } from '../../src/redis/stream-reader.js';
import { UnopenedLog } from '../../src/redis/unopened-log.js';
import { CLUSTER_SECRET } from './support/redis-server.js';

it.each(['the other node fails', 'the time is over'] as const)(
  'tells a failure, although Redis has not confirmed the question: %s',
  async (failure) => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const unhandled: unknown[] = [];
    const record = (reason: unknown) => void unhandled.push(reason);
    process.on('unhandledRejection', record);
    onTestFinished(() => void process.off('unhandledRejection', record));
    const { one, other, refuse } = twoMailboxes();
    other.handle('subject', () => {
      if (failure === 'the other node fails') throw new Error('a detail');
      return new Promise(() => undefined);
    });

    const told = expect(one.ask('other', 'subject', {}, 100)).rejects.toMatchObject({
      code: 'BACKPLANE_FAILED',
    });
    await setImmediate();
    if (failure === 'the time is over') vi.advanceTimersByTime(100);

    await told;
    expect(one.waiting).toBe(0);
    refuse();
    // A rejection that nobody waits for ends the process.
    await setImmediate();
    expect(unhandled).toEqual([]);
  },
);

/** The mailboxes of two nodes. Entries arrive at once, and Redis says later that it failed. */
function twoMailboxes() {
  const streams = new Map<string, ReadStream>();
  let refuse = (): void => undefined;
  const refused = new Promise<void>((_resolve, reject) => {
    refuse = () => reject(new Error('Redis failed'));
  });
  const redis = {
    topicKey: (kind: string, name: string) => `${kind}:${name}`,
    script: (_script: unknown, key: string, sealed: string) => {
      streams.get(key)?.entry('1-0', sealed);
      return refused;
    },
  } as unknown as RedisCommands;
  const reader = {
    add: (stream: ReadStream) => void streams.set(stream.key, stream),
  } as unknown as StreamReader;
  const leases = { isAlive: async () => true } as unknown as RedisLeases;
  const sealer = new Sealer([CLUSTER_SECRET]);
  const mailboxOf = (node: string) =>
    new RedisMailbox(redis, leases, sealer, new UnopenedLog(), node, reader);
  return { one: mailboxOf('one'), other: mailboxOf('other'), refuse };
}

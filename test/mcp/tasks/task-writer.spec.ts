import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ContainedTaskStore, McpTaskStore } from '../../../src/mcp/tasks/task-store.js';
import type { StoredTask } from '../../../src/mcp/tasks/stored-task.js';
import { TaskWriter } from '../../../src/mcp/tasks/task-writer.js';

const TTL = 120_000;

const working = (statusMessage = 'begun'): StoredTask => ({
  id: 'task',
  tool: 'tool',
  owner: 'alice',
  createdAt: 0,
  updatedAt: 0,
  ttlMs: TTL,
  pollIntervalMs: 1,
  statusMessage,
  state: { status: 'working' },
});
const completed: StoredTask = {
  ...working(),
  state: { status: 'completed', result: { content: [] } },
};
const cancelled: StoredTask = { ...working(), state: { status: 'cancelled' } };

/** A store that takes whatever it is given, as one that knows no rule does. */
class NaiveStore extends McpTaskStore {
  kept: StoredTask | undefined = working('new');
  readonly saves: StoredTask[] = [];
  saving: (task: StoredTask) => Promise<void> = async () => undefined;

  async add() {
    return true;
  }
  async find() {
    return this.kept;
  }
  async save(task: StoredTask) {
    this.saves.push(task);
    await this.saving(task);
    this.kept = task;
  }
  async sweep() {}
}

describe('TaskWriter', () => {
  let store: NaiveStore;
  let done: number;
  let elsewhere: StoredTask[];
  let writer: TaskWriter;
  let now: number;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    store = new NaiveStore();
    [done, elsewhere, now] = [0, [], 0];
    writer = new TaskWriter({
      store: new ContainedTaskStore(store, 1_000),
      now: () => now,
      done: () => (done += 1),
      settledElsewhere: (task) => elsewhere.push(task),
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  const pass = (ms: number) => {
    now += ms;
    return vi.advanceTimersByTimeAsync(ms);
  };
  const fail = () => Promise.reject(new Error('Command timed out'));
  const hang = () => new Promise<void>(() => undefined);

  it('saves a state that could not be saved again until it is saved, after ever longer pauses', async () => {
    store.saving = fail;
    await writer.write(completed);
    const attempts: number[] = [];
    for (const pause of [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000]) {
      await pass(pause - 1);
      attempts.push(store.saves.length);
      await pass(1);
    }
    expect(attempts).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(done).toBe(0);
    store.saving = async () => undefined;
    await pass(30_000);
    expect([store.kept, done]).toEqual([completed, 1]);
    await pass(TTL);
    expect(store.saves).toHaveLength(9);
  });

  it('saves the last state only, and never makes its caller wait for a pause', async () => {
    store.saving = fail;
    await writer.write(working('1'));
    await writer.write(working('2'));
    await writer.write(completed);
    store.saving = async () => undefined;
    await pass(500);
    expect(store.saves.map(({ statusMessage, state }) => [statusMessage, state.status])).toEqual([
      ['1', 'working'],
      ['begun', 'completed'],
    ]);
  });

  it('gives up when the task has expired', async () => {
    store.saving = fail;
    await writer.write(completed);
    await pass(2 * TTL);
    const attempts = store.saves.length;
    expect(done).toBe(1);
    await pass(TTL);
    expect(store.saves).toHaveLength(attempts);
  });

  it('tries once more when the application ends, and nothing after that', async () => {
    store.saving = fail;
    await writer.write(completed);
    store.saving = async () => undefined;
    await writer.close();
    expect([store.kept, done]).toEqual([completed, 1]);
    store.saving = fail;
    await writer.write(working('late'));
    await pass(TTL);
    expect(store.kept).toBe(completed);
  });

  it('never replaces a settled state, and says what it is', async () => {
    store.kept = cancelled;
    await writer.write(working('still running'));
    await writer.write(completed);
    expect([store.kept, store.saves]).toEqual([cancelled, []]);
    expect(elsewhere).toEqual([cancelled, cancelled]);
  });

  it('waits for a store that hangs for its time limit only', async () => {
    store.saving = hang;
    const written = writer.write(working('1'));
    await pass(1_000);
    await expect(written).resolves.toBeUndefined();
  });

  it('corrects an earlier state that reaches the store after a later one', async () => {
    let arrive: () => void = () => undefined;
    store.saving = () => new Promise((resolve) => (arrive = resolve));
    const first = writer.write(working('early'));
    await pass(1_000);
    await first;
    store.saving = async () => undefined;
    void writer.write(completed);
    await pass(500);
    expect(store.kept).toBe(completed);
    arrive();
    await pass(0);
    expect(store.kept).toBe(completed);
  });
});

import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { ContainedSeam } from '../../backplane/contained-seam.js';
import type { MaybePromise } from '../../request/value-or-promise.js';
import { bytesOf, isExpired, isSettled, quotaKeyOf, type StoredTask } from './stored-task.js';

/**
 * Stores the tasks of a server and their results. With `RedisModule` the nodes share their tasks, and
 * nothing needs to be replaced. Override the provider to store tasks elsewhere: every node then answers
 * `tasks/get`, but `tasks/update` and `tasks/cancel` must reach the node that runs the task, with whose
 * name the id of the task begins.
 *
 * If a call of the store fails or takes longer than `seamTimeoutMs`, new tasks are refused, running
 * tasks continue, and saving their last state is retried.
 */
export abstract class McpTaskStore {
  /**
   * Stores a new task. When it resolves, `find` returns the task on every node.
   *
   * @returns false if a limit is reached
   */
  abstract add(task: StoredTask): Promise<boolean>;
  abstract find(id: string): Promise<StoredTask | undefined>;
  /** Replaces a stored task that has not ended; does nothing for a task that was removed. */
  abstract save(task: StoredTask): Promise<void>;
  /** Removes expired tasks. @param now milliseconds since the epoch */
  abstract sweep(now: number): Promise<void>;
  /**
   * For a store that several processes write: replaces a stored task that has not ended, in one step
   * that no other change can come between. Used instead of `save` where it exists. Default: `find`, then
   * `save`.
   *
   * @returns the task that is stored then: `task` itself, or the one that has ended; `undefined` if it
   *   was removed
   */
  replace?(task: StoredTask): Promise<StoredTask | undefined>;
  /**
   * For a store with a limit of bytes: makes room for the next state of a task. Called before each
   * change. Default: there is room.
   *
   * @returns false if the state does not fit; a result is then replaced by an error
   */
  reserve?(task: StoredTask): boolean;
}

/** Limits of a store of tasks. */
export interface TaskStoreLimits {
  readonly max: number;
  readonly maxPerPrincipal: number;
  readonly maxBytes: number;
  readonly maxBytesPerPrincipal: number;
}

/**
 * Stores tasks in this process, limited in number and bytes. Anonymous callers share half of each.
 */
export class InProcessTaskStore extends McpTaskStore {
  private readonly tasks = new Map<string, StoredTask>();
  /** Bytes of each task, or of its reserved next state. */
  private readonly bytes = new Map<string, number>();
  private readonly counts = new Map<string | null, number>();
  private readonly bytesOfOwners = new Map<string | null, number>();
  private total = 0;

  constructor(private readonly limits: TaskStoreLimits) {
    super();
  }

  /** Number of stored tasks. */
  get size(): number {
    return this.tasks.size;
  }

  /** Size of all stored tasks, in bytes. */
  get byteSize(): number {
    return this.total;
  }

  async add(task: StoredTask): Promise<boolean> {
    const { max, maxPerPrincipal } = this.limits;
    if (this.tasks.size >= max) return false;
    const owner = quotaKeyOf(task);
    const count = this.counts.get(owner) ?? 0;
    if (count >= shareOf(owner, { all: max, one: maxPerPrincipal })) return false;
    if (!this.makeRoom(task, bytesOf(task))) return false;
    this.counts.set(owner, count + 1);
    this.tasks.set(task.id, task);
    this.resize(task, bytesOf(task));
    return true;
  }

  async find(id: string): Promise<StoredTask | undefined> {
    return this.tasks.get(id);
  }

  async save(task: StoredTask): Promise<void> {
    const kept = this.tasks.get(task.id);
    if (!kept || isSettled(kept)) return;
    this.tasks.set(task.id, task);
    this.resize(task, bytesOf(task));
  }

  override reserve(task: StoredTask): boolean {
    if (!this.tasks.has(task.id)) return true;
    const bytes = bytesOf(task);
    if (!this.makeRoom(task, bytes)) return false;
    this.resize(task, bytes);
    return true;
  }

  async sweep(now: number): Promise<void> {
    for (const task of this.tasks.values()) if (isExpired(task, now)) this.remove(task);
  }

  /** Removes settled tasks of the same owner, oldest first, if that makes enough room. */
  private makeRoom(task: StoredTask, bytes: number): boolean {
    const owner = quotaKeyOf(task);
    const { maxBytes, maxBytesPerPrincipal } = this.limits;
    const share = shareOf(owner, { all: maxBytes, one: maxBytesPerPrincipal });
    const growth = bytes - (this.bytes.get(task.id) ?? 0);
    if (growth <= 0) return true;
    const ofOwner = this.bytesOfOwners.get(owner) ?? 0;
    let excess = Math.max(ofOwner + growth - share, this.total + growth - maxBytes);
    const leaving: StoredTask[] = [];
    for (const kept of excess > 0 ? this.tasks.values() : []) {
      if (kept.id === task.id || !isSettled(kept) || quotaKeyOf(kept) !== owner) continue;
      leaving.push(kept);
      excess -= this.bytes.get(kept.id) ?? 0;
      if (excess <= 0) break;
    }
    if (excess > 0) return false;
    for (const kept of leaving) this.remove(kept);
    return true;
  }

  private resize(task: StoredTask, bytes: number): void {
    const growth = bytes - (this.bytes.get(task.id) ?? 0);
    if (bytes > 0) this.bytes.set(task.id, bytes);
    else this.bytes.delete(task.id);
    this.total += growth;
    change(this.bytesOfOwners, quotaKeyOf(task), growth);
  }

  private remove(task: StoredTask): void {
    this.resize(task, 0);
    this.tasks.delete(task.id);
    change(this.counts, quotaKeyOf(task), -1);
  }
}

/** All anonymous callers together count as one owner, with half of the room. */
export function shareOf(
  owner: string | null,
  { all, one }: { readonly all: number; readonly one: number },
) {
  return owner === null ? Math.ceil(all / 2) : one;
}

function change(sums: Map<string | null, number>, owner: string | null, by: number): void {
  const sum = (sums.get(owner) ?? 0) + by;
  if (sum > 0) sums.set(owner, sum);
  else sums.delete(owner);
}

/** The store of the application. Its failures become errors of the protocol. */
export class ContainedTaskStore {
  /** Whether a state can be stored in one step, see {@link McpTaskStore.replace}. */
  readonly replaces: boolean;
  private readonly seam: ContainedSeam;

  constructor(
    private readonly store: McpTaskStore,
    timeoutMs: number,
  ) {
    this.seam = new ContainedSeam({
      name: 'McpTaskStore',
      consequence:
        'New tasks are refused; running tasks continue, and their states are saved when it answers.',
      timeoutMs,
    });
    this.replaces = store.replace !== undefined;
  }

  /** @throws {ProtocolError} -32603 */
  add(task: StoredTask): Promise<boolean> {
    return this.ask(() => this.store.add(task));
  }

  /** The task; `undefined` also while the store fails. */
  async tryGet(id: string): Promise<StoredTask | undefined> {
    return this.seam.callOr(
      () => this.store.find(id),
      () => undefined,
    );
  }

  /** @throws {ProtocolError} -32603 */
  get(id: string): Promise<StoredTask | undefined> {
    return this.ask(() => this.store.find(id));
  }

  /**
   * Stores the next state of a task that no process runs.
   *
   * @returns the task that is stored then; `undefined` if it was removed
   * @throws {SeamFailedError}
   */
  replace(task: StoredTask): Promise<StoredTask | undefined> {
    return this.run((store) => replaceIn(store, task));
  }

  async sweep(now: number): Promise<void> {
    await this.seam.callOr(
      () => this.store.sweep(now),
      () => undefined,
    );
  }

  /** Whether the next state of a task fits. False for one that JSON cannot express. */
  reserve(task: StoredTask): boolean {
    try {
      return this.store.reserve?.(task) ?? true;
    } catch {
      return false;
    }
  }

  /**
   * Runs several calls of the store with one time limit.
   *
   * @throws {SeamFailedError}
   */
  async run<T>(work: (store: McpTaskStore) => Promise<T>): Promise<T> {
    return this.seam.call(() => work(this.store));
  }

  /** @throws {ProtocolError} -32603 the store does not answer */
  async ask<T>(work: () => MaybePromise<T>): Promise<T> {
    return this.seam.callOr(work, () => {
      throw storeUnavailable();
    });
  }
}

async function replaceIn(store: McpTaskStore, task: StoredTask): Promise<StoredTask | undefined> {
  if (store.replace) return store.replace(task);
  const kept = await store.find(task.id);
  if (!kept || isSettled(kept)) return kept;
  await store.save(task);
  return task;
}

/** @returns the error for a caller whose request needs a store that does not answer */
export function storeUnavailable(): ProtocolError {
  return new ProtocolError(
    ProtocolErrorCode.InternalError,
    'The task store is unavailable. Try again later.',
  );
}

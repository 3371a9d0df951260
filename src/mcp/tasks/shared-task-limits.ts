import type { Counters } from '../../backplane/backplane.js';
import { nodeOf } from '../../backplane/node-id.js';
import { bytesOf, isSettled, quotaKeyOf, type StoredTask } from './stored-task.js';
import { shareOf, type TaskStoreLimits } from './task-store.js';

/** What {@link SharedTaskLimits} needs of the store. */
interface LimitedStore {
  /** What is left of the lifetime of a task, in milliseconds. */
  restOf(task: StoredTask): number;
  find(id: string): Promise<StoredTask | undefined>;
  remove(id: string): Promise<void>;
}

/**
 * The limits of the tasks of all nodes, as sets of ids that fall out with their tasks. Bytes count in steps
 * of 1/128 of the share of a person, 64 KiB by default, so that a task smaller than that counts in number
 * only, and costs no command.
 */
export class SharedTaskLimits {
  private readonly stepBytes: number;

  /** @param server path of the endpoint */
  constructor(
    private readonly counters: Counters,
    private readonly limits: TaskStoreLimits,
    private readonly server: string,
    private readonly store: LimitedStore,
  ) {
    this.stepBytes = Math.max(1, Math.floor(limits.maxBytesPerPrincipal / STEPS));
  }

  /** Counts a task. @returns false if a limit is reached; the task must {@link leave} then */
  async enter(task: StoredTask): Promise<boolean> {
    const entered = await Promise.all(
      this.setsOf(task).map(([set, max]) => this.enterSet(set, task.id, task, max)),
    );
    return entered.every(Boolean);
  }

  /** @param steps in which its bytes count */
  async leave(task: StoredTask, steps: number): Promise<void> {
    await Promise.all([
      ...this.setsOf(task).map(([set]) => this.counters.leave(set, task.id)),
      this.resize(task, steps, 0),
    ]);
  }

  /** The ids of the tasks that a node runs, or ran when it ended. */
  idsOf(node: string): Promise<readonly string[]> {
    return this.counters.members(this.setOfNode(node));
  }

  async leaveNode(id: string): Promise<void> {
    await this.counters.leave(this.setOfNode(nodeOf(id) ?? ''), id);
  }

  /** Whether a task fits in the share of its owner, if there were no others. */
  fits(task: StoredTask): boolean {
    return bytesOf(task) <= this.shareOf(task);
  }

  /** The sets that count a task, with their limits. */
  private setsOf(task: StoredTask): readonly (readonly [string, number])[] {
    const { max, maxPerPrincipal } = this.limits;
    const owner = quotaKeyOf(task);
    return [
      [this.setOfAll(), max],
      [this.setOfOwner(owner), shareOf(owner, { all: max, one: maxPerPrincipal })],
      ...(task.detached ? [] : [[this.setOfNode(nodeOf(task.id) ?? ''), max] as const]),
    ];
  }

  private setOfAll = (): string => `tasks of ${this.server}`;
  private setOfOwner = (owner: string | null): string =>
    `tasks by owner ${JSON.stringify([this.server, owner])}`;
  private setOfNode = (node: string): string =>
    `tasks by node ${JSON.stringify([this.server, node])}`;

  private async enterSet(
    set: string,
    member: string,
    task: StoredTask,
    max: number,
  ): Promise<boolean> {
    const entry = { max, ttlMs: this.store.restOf(task) };
    return (await this.counters.enter(set, member, entry)).isMember;
  }

  private shareOf(task: StoredTask): number {
    const { maxBytes, maxBytesPerPrincipal } = this.limits;
    return shareOf(quotaKeyOf(task), { all: maxBytes, one: maxBytesPerPrincipal });
  }

  /** In how many steps the bytes of a task count. */
  stepsOf(task: StoredTask): number {
    return Math.floor(bytesOf(task) / this.stepBytes);
  }

  /** Makes the bytes of a task count in so many steps. @returns false if there is no room */
  async resize(task: StoredTask, from: number, to: number): Promise<boolean> {
    const steps = stepsBetween(task.id, Math.min(from, to), Math.max(from, to));
    const sets = this.setsOfBytes(task);
    const { counters } = this;
    const leave = () =>
      Promise.all(sets.flatMap(([set]) => steps.map((step) => counters.leave(set, step))));
    if (to <= from) {
      await leave();
      return true;
    }
    const enter = () =>
      Promise.all(
        sets.flatMap(([set, max]) => steps.map((step) => this.enterSet(set, step, task, max))),
      );
    if ((await enter()).every(Boolean)) return true;
    if ((await this.makeRoom(task)) && (await enter()).every(Boolean)) return true;
    await leave();
    return false;
  }

  private setsOfBytes(task: StoredTask): readonly (readonly [string, number])[] {
    const { maxBytes } = this.limits;
    const [all, ofOwner] = this.setsOf(task);
    return [
      [`bytes of ${all?.[0]}`, Math.floor(maxBytes / this.stepBytes)],
      [`bytes of ${ofOwner?.[0]}`, Math.floor(this.shareOf(task) / this.stepBytes)],
    ];
  }

  /** Removes the oldest settled tasks of the same owner that are large. @returns whether one was removed */
  private async makeRoom(task: StoredTask): Promise<boolean> {
    const ids = await this.counters.members(this.setOfOwner(quotaKeyOf(task)));
    let needed = this.stepsOf(task);
    for (const id of ids.slice(0, MAX_REMOVED)) {
      if (needed <= 0) break;
      const kept = id === task.id ? undefined : await this.store.find(id);
      if (!kept || !isSettled(kept)) continue;
      const steps = this.stepsOf(kept);
      if (steps === 0) continue;
      await this.store.remove(id);
      await this.leave(kept, steps);
      needed -= steps;
    }
    return needed < this.stepsOf(task);
  }
}

function stepsBetween(id: string, from: number, to: number): readonly string[] {
  return Array.from({ length: to - from }, (_, index) => `${id} ${from + index}`);
}

const STEPS = 128;
const MAX_REMOVED = 100;

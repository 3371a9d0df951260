import type { Backplane } from '../../backplane/backplane.js';
import { BackplaneError } from '../../backplane/backplane.errors.js';
import { isSettled, type StoredTask, type TaskState } from './stored-task.js';
import { SharedTaskLimits } from './shared-task-limits.js';
import { TOO_LARGE } from './task-endings.js';
import type { InputResponses } from './task-input.js';
import {
  changeRecord,
  newTaskRecord,
  readTaskRecord,
  type RecordChange,
  type TaskRecord,
} from './task-record.js';
import { McpTaskStore, type TaskStoreLimits } from './task-store.js';

/** A record, and whether the call has changed it. */
export interface RecordAtRevision {
  readonly record: TaskRecord;
  readonly revision: number;
  readonly isChanged: boolean;
}

/**
 * Stores tasks where all nodes find them. Each change is compared and set, so that a task that has ended is
 * never replaced.
 */
export class SharedTaskStore extends McpTaskStore {
  /** The tasks that this node has added and that have not ended, as it knows them. */
  private readonly own = new Map<string, OwnTask>();
  private readonly limits: SharedTaskLimits;

  /** @param server path of the endpoint: the servers of an application do not share their tasks */
  constructor(
    private readonly backplane: Backplane,
    limits: TaskStoreLimits,
    private readonly server: string,
    private readonly now: () => number,
  ) {
    super();
    this.limits = new SharedTaskLimits(backplane.counters, limits, server, {
      restOf: (task) => this.restOf(task),
      find: (id) => this.find(id),
      remove: async (id) => void (await backplane.records.delete(this.keyOf(id))),
    });
  }

  /** Topic of the changes of tasks that other nodes need to know. */
  get topic(): string {
    return `tasks of ${this.server}`;
  }

  async add(task: StoredTask): Promise<boolean> {
    const own: OwnTask = { isAdding: true, steps: 0, known: undefined, task };
    this.own.set(task.id, own);
    try {
      const isAdded = await this.enter(task, own);
      if (!isAdded) await this.discard(task.id);
      return isAdded;
    } finally {
      own.isAdding = false;
    }
  }

  async find(id: string): Promise<StoredTask | undefined> {
    return (await this.read(id))?.record.task;
  }

  /** The record of a task. */
  async read(id: string): Promise<RecordAtRevision | undefined> {
    const found = await this.backplane.records.get(this.keyOf(id));
    const record = found && readTaskRecord(found.value);
    if (!found || !record) return undefined;
    const read = { record, revision: found.revision, isChanged: false };
    this.remember(read);
    return read;
  }

  async save(task: StoredTask): Promise<void> {
    await this.replace(task);
  }

  override async replace(task: StoredTask): Promise<StoredTask | undefined> {
    const own = this.own.get(task.id);
    const steps = this.limits.stepsOf(task);
    const fits = await this.limits.resize(task, own?.steps ?? 0, steps);
    if (own && fits) own.steps = steps;
    const next = fits || !isSettled(task) ? task : { ...task, state: TOO_LARGE };
    const answers = (record: TaskRecord) => answersTo(next.state, record.answers);
    const kept = await this.change(
      task.id,
      (record) => ({ task: next, answers: answers(record) }),
      own?.known,
    );
    if (kept && isSettled(kept.record.task)) this.ended(task.id);
    return kept?.isChanged ? next : kept?.record.task;
  }

  /** Ends a task, unless it has ended. */
  async settle(id: string, state: TaskState): Promise<RecordAtRevision | undefined> {
    const settled = await this.change(id, ({ task }) => ({
      task: { ...task, updatedAt: this.now(), state },
      answers: undefined,
    }));
    if (settled) this.ended(id);
    return settled;
  }

  /** Keeps answers of the client until the node that runs the task accepts them. */
  keepAnswers(id: string, responses: InputResponses): Promise<RecordAtRevision | undefined> {
    return this.change(id, ({ task, answers }) => {
      const given = answersTo(task.state, responses);
      return given && { answers: { ...answers, ...given } };
    });
  }

  /** From now on, {@link topic} has the changes of a task. */
  watch(id: string): Promise<RecordAtRevision | undefined> {
    return this.change(id, ({ isWatched }) => (isWatched ? undefined : { isWatched: true }));
  }

  /** The engine has lost its data: stores a task of this node again, unless it is there. */
  async restore(task: StoredTask): Promise<void> {
    const own = this.own.get(task.id);
    if (own) own.known = undefined;
    const record = newTaskRecord(task);
    await this.limits.enter(task);
    await this.put(record, 0);
  }

  /** The ids of the tasks that a node runs, or ran when it ended. */
  idsOf(node: string): Promise<readonly string[]> {
    return this.limits.idsOf(node);
  }

  /** Whether this node has seen a revision of a task that it runs. */
  knows(id: string, revision: unknown): boolean {
    const known = this.own.get(id)?.known;
    return known !== undefined && typeof revision === 'number' && known.revision >= revision;
  }

  /** A task of another node is settled: it need not be found any more. */
  async leaveNode(id: string): Promise<void> {
    await this.limits.leaveNode(id);
  }

  /** Tasks that were added after all, although `add()` had failed before. */
  orphans(isLive: (id: string) => boolean): readonly string[] {
    return [...this.own].flatMap(([id, { isAdding }]) => (isAdding || isLive(id) ? [] : [id]));
  }

  /** Removes a task that its client never heard of. */
  async discard(id: string): Promise<void> {
    const own = this.own.get(id);
    if (!own) return;
    await Promise.all([
      this.backplane.records.delete(this.keyOf(id)),
      this.limits.leave(own.task, own.steps),
    ]);
    this.own.delete(id);
  }

  /** No process holds this task any more. */
  release(id: string): void {
    this.own.delete(id);
  }

  override reserve(task: StoredTask): boolean {
    return this.limits.fits(task);
  }

  /** The engine removes expired tasks. */
  async sweep(): Promise<void> {}

  private async enter(task: StoredTask, own: OwnTask): Promise<boolean> {
    if (!(await this.limits.enter(task))) return false;
    const steps = this.limits.stepsOf(task);
    if (!(await this.limits.resize(task, 0, steps))) return false;
    own.steps = steps;
    const record = newTaskRecord(task);
    const revision = await this.put(record, 0);
    if (revision === undefined) return false;
    own.known = { record, revision, isChanged: false };
    return true;
  }

  /** Compares and sets, until no other change came between. A task that has ended stays as it is. */
  private async change(
    id: string,
    edit: (record: TaskRecord) => RecordChange | undefined,
    known?: RecordAtRevision,
  ): Promise<RecordAtRevision | undefined> {
    let current = known;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      current ??= await this.read(id);
      if (!current) return undefined;
      const { record } = current;
      const edited = isSettled(record.task) ? undefined : edit(record);
      if (!edited) return { ...current, isChanged: false };
      const next = changeRecord(record, edited);
      const revision = await this.put(next, current.revision);
      if (revision !== undefined) {
        if (next.isWatched && edited.task) this.publish(id, revision);
        const changed = { record: next, revision, isChanged: true };
        this.remember(changed);
        return changed;
      }
      current = undefined;
    }
    throw new BackplaneError('a task was changed too often at the same time');
  }

  /** Tells the nodes that run or watch a task to read it. Without its content, which may be large. */
  publish(id: string, revision: number): void {
    void this.backplane.topics.publish(this.topic, { v: 1, id, revision });
  }

  private keyOf(id: string): string {
    return `task of ${this.server} ${id}`;
  }

  private put({ task, stored }: TaskRecord, revision: number): Promise<number | undefined> {
    return this.backplane.records.put(this.keyOf(task.id), stored, {
      ttlMs: this.restOf(task),
      revision,
    });
  }

  /** What is left of the lifetime: a minute at least, for the end of a task. */
  private restOf({ createdAt, ttlMs }: StoredTask): number {
    return Math.min(ttlMs, Math.max(createdAt + ttlMs - this.now(), LEAST_REST_MS));
  }

  private remember(read: RecordAtRevision): void {
    const own = this.own.get(read.record.task.id);
    if (own && read.revision > (own.known?.revision ?? 0)) own.known = read;
  }

  private ended(id: string): void {
    this.own.delete(id);
    void this.leaveNode(id).catch(() => undefined);
  }
}

interface OwnTask {
  readonly task: StoredTask;
  isAdding: boolean;
  steps: number;
  known: RecordAtRevision | undefined;
}

/** The answers to what a task asks; `undefined` if there are none. */
function answersTo(
  state: TaskState,
  answers: InputResponses | undefined,
): InputResponses | undefined {
  if (state.status !== 'input_required' || !answers) return undefined;
  const asked = Object.entries(answers).filter(([key]) => Object.hasOwn(state.inputRequests, key));
  return asked.length > 0 ? Object.fromEntries(asked) : undefined;
}

const MAX_ATTEMPTS = 8;
const LEAST_REST_MS = 60_000;

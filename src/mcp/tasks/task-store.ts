import { isExpired, type StoredTask } from './stored-task.js';

/**
 * Keeps the tasks of a server and their results. Override the provider to keep them elsewhere, so that
 * every node can answer `tasks/get`. The node that runs a task is its only writer, and the one that
 * `tasks/update` and `tasks/cancel` must reach: route by the `Mcp-Name` header, which is the task id.
 */
export abstract class McpTaskStore {
  /**
   * Keeps a new task. When it resolves, `find` knows the task on every node.
   *
   * @returns false where there is no room for one more
   */
  abstract add(task: StoredTask): Promise<boolean>;
  abstract find(id: string): Promise<StoredTask | undefined>;
  /** Replaces a task that is kept; a task that is gone stays gone. */
  abstract save(task: StoredTask): Promise<void>;
  /** @param now milliseconds since the epoch; tasks past their time to live can go */
  abstract sweep(now: number): Promise<void>;
}

/** Tasks in this process, bounded. */
export class InProcessTaskStore extends McpTaskStore {
  private readonly tasks = new Map<string, StoredTask>();
  private readonly counts = new Map<string | null, number>();

  constructor(private readonly limits: { readonly max: number; readonly maxPerPrincipal: number }) {
    super();
  }

  /** How many tasks are kept. */
  get size(): number {
    return this.tasks.size;
  }

  async add(task: StoredTask): Promise<boolean> {
    if (this.tasks.size >= this.limits.max) return false;
    const count = this.counts.get(task.owner) ?? 0;
    if (count >= this.capOf(task.owner)) return false;
    this.counts.set(task.owner, count + 1);
    this.tasks.set(task.id, task);
    return true;
  }

  async find(id: string): Promise<StoredTask | undefined> {
    return this.tasks.get(id);
  }

  async save(task: StoredTask): Promise<void> {
    if (this.tasks.has(task.id)) this.tasks.set(task.id, task);
  }

  async sweep(now: number): Promise<void> {
    for (const task of this.tasks.values()) if (isExpired(task, now)) this.remove(task);
  }

  private remove({ id, owner }: StoredTask): void {
    this.tasks.delete(id);
    const count = (this.counts.get(owner) ?? 1) - 1;
    if (count > 0) this.counts.set(owner, count);
    else this.counts.delete(owner);
  }

  /** Nobody is one principal: anonymous callers share half of the room and leave the rest. */
  private capOf(owner: string | null): number {
    return owner === null ? Math.ceil(this.limits.max / 2) : this.limits.maxPerPrincipal;
  }
}

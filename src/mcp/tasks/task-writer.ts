import { isExpired, isSettled, type StoredTask } from './stored-task.js';
import type { ContainedTaskStore } from './task-store.js';

/** The services and callbacks of a {@link TaskWriter}. */
interface TaskWriterParts {
  readonly store: ContainedTaskStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Called when the last state is stored, or when no further attempt will be made. */
  readonly done: () => void;
  /** Called when the store has a state in which another node has settled the task. */
  readonly settledElsewhere: (task: StoredTask) => void;
}

/**
 * Stores the states of a task in their order. While the store fails, it retries to store the last
 * state after 0.5 s, then with doubled delays of up to 30 s, until the task expires.
 */
export class TaskWriter {
  /** The last state, until it is stored. */
  #unsaved: StoredTask | undefined;
  #last: StoredTask | undefined;
  #writing: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #failures = 0;
  #closed = false;

  constructor(private readonly parts: TaskWriterParts) {}

  /** Whether no state waits to be stored. */
  get isSaved(): boolean {
    return this.#unsaved === undefined;
  }

  /** Never rejects. Resolves after the attempt to store; at once while a retry is scheduled. */
  write(task: StoredTask): Promise<void> {
    this.#unsaved = task;
    this.#last = task;
    return this.#retry ? Promise.resolve() : this.#start();
  }

  /** Makes a last attempt to store an unsaved state. */
  close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    return this.#start();
  }

  /** Makes the attempt that is scheduled now: the store answers again. */
  retry(): void {
    if (!this.#retry) return;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#failures = 0;
    void this.#start();
  }

  #start(): Promise<void> {
    this.#writing ??= this.#run().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #run(): Promise<void> {
    while (this.#unsaved) {
      const task = this.#unsaved;
      try {
        await this.#save(task);
      } catch {
        return this.#tryLater(task);
      }
      this.#failures = 0;
      if (this.#unsaved === task) this.#done();
    }
  }

  async #save(task: StoredTask): Promise<void> {
    const { settledElsewhere, store } = this.parts;
    if (store.replaces) {
      const kept = await store.replace(task);
      if (kept && kept !== task) settledElsewhere(kept);
      return;
    }
    let isGivenUp = false;
    let saving: Promise<void> | undefined;
    try {
      await this.parts.store.run(async (store) => {
        const kept = await store.find(task.id);
        if (isGivenUp) return;
        // Another node has cancelled it, or an attempt that timed out has stored it after all.
        if (kept && isSettled(kept)) return settledElsewhere(kept);
        saving = Promise.resolve(store.save(task));
        await saving;
      });
    } catch (error) {
      isGivenUp = true;
      // The attempt may still reach the store: then the last state is stored again.
      saving?.then(
        () => this.#last && this.#last !== task && void this.write(this.#last),
        () => undefined,
      );
      throw error;
    }
  }

  #tryLater(task: StoredTask): void {
    if (this.#closed || isExpired(task, this.parts.now())) return this.#done();
    const delay = Math.min(FIRST_RETRY_MS * 2 ** this.#failures, LAST_RETRY_MS);
    this.#failures += 1;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      void this.#start();
    }, delay).unref();
  }

  #done(): void {
    this.#unsaved = undefined;
    this.parts.done();
  }
}

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;

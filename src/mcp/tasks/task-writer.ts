import type { ContainedTaskStore } from './task-store.js';
import { isExpired, isSettled, type StoredTask } from './stored-task.js';

/** What a {@link TaskWriter} needs. */
export interface TaskWriterParts {
  readonly store: ContainedTaskStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told when the store knows the last state, or when nothing more will be tried. */
  readonly done: () => void;
  /** Told when the task turns out to have been settled elsewhere. */
  readonly settledElsewhere: (task: StoredTask) => void;
}

/**
 * Saves what becomes of a task, one state after the other, the last one in any case: where the store
 * fails, it is tried again after half a second, then after twice as long, every 30 seconds at last, until
 * the task expires.
 */
export class TaskWriter {
  /** The last state, until it is saved. */
  #wanted: StoredTask | undefined;
  #last: StoredTask | undefined;
  #writing: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #failures = 0;
  #closed = false;

  constructor(private readonly parts: TaskWriterParts) {}

  /** Never rejects. Resolves when it was tried, and at once while an attempt is being waited for. */
  write(task: StoredTask): Promise<void> {
    this.#wanted = task;
    this.#last = task;
    return this.#retry ? Promise.resolve() : this.#start();
  }

  /** Tries once more what is not saved, and nothing after that. */
  close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    return this.#start();
  }

  #start(): Promise<void> {
    this.#writing ??= this.#run().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #run(): Promise<void> {
    while (this.#wanted) {
      const task = this.#wanted;
      try {
        await this.#save(task);
      } catch {
        return this.#tryLater(task);
      }
      this.#failures = 0;
      if (this.#wanted === task) this.#done();
    }
  }

  async #save(task: StoredTask): Promise<void> {
    const { settledElsewhere } = this.parts;
    let isGivenUp = false;
    let saving: Promise<void> | undefined;
    try {
      await this.parts.store.run(async (store) => {
        const kept = await store.find(task.id);
        if (isGivenUp) return;
        // Cancelled at another node, or saved by an attempt that was given up.
        if (kept && isSettled(kept)) return settledElsewhere(kept);
        saving = Promise.resolve(store.save(task));
        await saving;
      });
    } catch (error) {
      isGivenUp = true;
      // It may still reach the store, and must not replace what is saved meanwhile.
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
    this.#wanted = undefined;
    this.parts.done();
  }
}

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;

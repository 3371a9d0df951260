import type { McpTaskStore } from './task-store.js';
import { TaskStoppedError } from './task-stopped.error.js';
import { assertAnswers, type InputResponses } from './task-input.js';
import { isSettled, type InputRequests, type StoredTask, type TaskState } from './stored-task.js';

/** What a task needs while this process runs it. */
export interface LiveTaskParts {
  readonly store: McpTaskStore;
  /** Aborts when the task is cancelled, expires, or the server shuts down. */
  readonly controller: AbortController;
  readonly now: () => number;
  /** Told of every change, the last one included. */
  readonly changed: (task: StoredTask) => void;
}

/** A task that this process runs: where it stands, what it waits for, and how it is stopped. */
export class LiveTask {
  #task: StoredTask;
  #round = 0;
  #waiting: Waiting | undefined;
  #saved: Promise<void> = Promise.resolve();

  constructor(
    task: StoredTask,
    private readonly parts: LiveTaskParts,
  ) {
    this.#task = task;
  }

  get task(): StoredTask {
    return this.#task;
  }

  /** Says what the task is about just now. */
  async note(statusMessage: string): Promise<void> {
    await this.change({ ...this.#task, statusMessage });
  }

  /**
   * Waits for the answers of the client, by the keys of the questions. On the wire a key is used once
   * in the life of a task, as the extension demands; the handler may ask under the same key again.
   */
  async ask(requests: InputRequests): Promise<InputResponses> {
    this.parts.controller.signal.throwIfAborted();
    this.#round += 1;
    const keys = new Map(Object.keys(requests).map((key) => [`${this.#round}:${key}`, key]));
    const inputRequests = Object.fromEntries(
      Object.entries(requests).map(([key, request]) => [`${this.#round}:${key}`, request]),
    );
    const { signal } = this.parts.controller;
    let onabort = (): void => undefined;
    const answered = new Promise<InputResponses>((resolve, reject) => {
      onabort = () => reject(signal.reason);
      signal.addEventListener('abort', onabort);
      this.#waiting = { keys, answers: new Map(), resolve };
    });
    try {
      await Promise.race([answered, this.to({ status: 'input_required', inputRequests })]);
      return await answered;
    } finally {
      signal.removeEventListener('abort', onabort);
    }
  }

  /**
   * Takes answers, all or some; the task goes on when none is missing. Unknown keys are ignored.
   *
   * @throws {ProtocolError} -32602 an answer has the wrong shape; nothing has changed then
   */
  async answer(responses: InputResponses): Promise<void> {
    const { state } = this.#task;
    const waiting = this.#waiting;
    if (state.status !== 'input_required' || !waiting) return;
    assertAnswers(state.inputRequests, responses);
    const asked = Object.entries(state.inputRequests);
    for (const [key] of asked) {
      if (Object.hasOwn(responses, key)) waiting.answers.set(waiting.keys.get(key), responses[key]);
    }
    const open = asked.filter(([key]) => !Object.hasOwn(responses, key));
    if (open.length === asked.length) return;
    if (open.length > 0) {
      await this.to({ status: 'input_required', inputRequests: Object.fromEntries(open) });
      return;
    }
    this.#waiting = undefined;
    const saved = this.to({ status: 'working' });
    waiting.resolve(Object.fromEntries(waiting.answers));
    await saved;
  }

  /** Ends the task. What comes after the first end is ignored. */
  async settle(state: TaskState): Promise<void> {
    await this.to(state);
  }

  /** Ends the task before its handler does, and tells the handler. */
  async stop(state: TaskState, reason: string): Promise<void> {
    const saved = this.to(state);
    this.parts.controller.abort(new TaskStoppedError(reason));
    await saved;
  }

  private to(state: TaskState): Promise<void> {
    return this.change({ ...this.#task, state });
  }

  private change(task: StoredTask): Promise<void> {
    if (isSettled(this.#task)) return this.#saved;
    this.#task = { ...task, updatedAt: this.parts.now() };
    const changed = this.#task;
    const write = (): Promise<void> => this.parts.store.save(changed);
    // One after the other: a store may take its time, and the last state must win.
    this.#saved = this.#saved.then(write, write);
    this.parts.changed(changed);
    return this.#saved;
  }
}

interface Waiting {
  /** The key of the handler by the one on the wire. */
  readonly keys: ReadonlyMap<string, string>;
  readonly answers: Map<string | undefined, unknown>;
  readonly resolve: (answers: InputResponses) => void;
}

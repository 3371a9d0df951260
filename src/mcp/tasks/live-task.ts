import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import type { ContainedTaskStore } from './task-store.js';
import { TOO_LARGE } from './task-endings.js';
import { TaskStoppedError } from '../mcp.errors.js';
import { assertAnswers, type InputResponses } from './task-input.js';
import { TaskWriter } from './task-writer.js';
import { isSettled, type InputRequests, type StoredTask, type TaskState } from './stored-task.js';

/** What a task needs while this process runs it. */
export interface LiveTaskParts {
  readonly store: ContainedTaskStore;
  /** Aborts when the task is cancelled, expires, or the server shuts down. */
  readonly controller: AbortController;
  readonly now: () => number;
  /** Told of every change, the last one included. */
  readonly changed: (task: StoredTask) => void;
  /** Told when the store knows the last state, or when nothing more will be tried. */
  readonly saved: () => void;
}

/** A task that this process runs: where it stands, what it waits for, and how it is stopped. */
export class LiveTask {
  #task: StoredTask;
  #round = 0;
  #waiting: Waiting | undefined;
  readonly #writer: TaskWriter;

  constructor(
    task: StoredTask,
    private readonly parts: LiveTaskParts,
  ) {
    this.#task = task;
    const { store, now, saved } = parts;
    this.#writer = new TaskWriter({
      store,
      now,
      done: saved,
      settledElsewhere: (settled) => this.#adopt(settled),
    });
  }

  get task(): StoredTask {
    return this.#task;
  }

  /** Says what the task is about just now, in words that there is room for. */
  async note(statusMessage: string): Promise<void> {
    const task = { ...this.#task, statusMessage };
    if (this.#fits(task)) await this.change(task);
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
   * @throws {ProtocolError} -32602 an answer has the wrong shape, -32603 there is no room for them; nothing
   *   has changed then
   */
  async answer(responses: InputResponses): Promise<void> {
    const { state } = this.#task;
    const waiting = this.#waiting;
    if (state.status !== 'input_required' || !waiting) return;
    assertAnswers(state.inputRequests, responses);
    const asked = Object.entries(state.inputRequests);
    const open = asked.filter(([key]) => !Object.hasOwn(responses, key));
    if (open.length === asked.length) return;
    const given = asked.filter(([key]) => Object.hasOwn(responses, key)).map(([key]) => key);
    this.#hold(given.map((key) => responses[key]));
    for (const key of given) waiting.answers.set(waiting.keys.get(key), responses[key]);
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

  /** Tries once more to save what is not saved, and then no more. */
  close(): Promise<void> {
    return this.#writer.close();
  }

  /** Ends the task before its handler does, and tells the handler. */
  async stop(state: TaskState, reason: string): Promise<void> {
    const saved = this.to(state);
    this.parts.controller.abort(new TaskStoppedError(reason));
    await saved;
  }

  private async to(state: TaskState): Promise<void> {
    const task = { ...this.#task, state };
    if (this.#fits(task)) return this.change(task);
    if (!isSettled(task)) throw noRoom();
    return this.change({ ...task, state: TOO_LARGE });
  }

  /** Saves one state after the other: a store may take its time, and the last one must win. */
  private change(task: StoredTask): Promise<void> {
    if (isSettled(this.#task)) return Promise.resolve();
    this.#task = { ...task, updatedAt: this.parts.now() };
    const saved = this.#writer.write(this.#task);
    this.parts.changed(this.#task);
    return saved;
  }

  #fits(task: StoredTask): boolean {
    return isSettled(this.#task) || isSmall(task) || this.parts.store.reserve(task);
  }

  /** Counts what the client answered with what the task holds. */
  #hold(answers: readonly unknown[]): void {
    const bytes = Buffer.byteLength(JSON.stringify(answers));
    const task = { ...this.#task, heldBytes: (this.#task.heldBytes ?? 0) + bytes };
    if (!this.#fits(task)) throw noRoom();
    this.#task = task;
  }

  /** Another node has ended the task, such as by cancelling it. */
  #adopt(settled: StoredTask): void {
    if (isSettled(this.#task)) return;
    this.#task = settled;
    this.parts.controller.abort(new TaskStoppedError('The task was ended elsewhere'));
    this.parts.changed(settled);
  }
}

/** An end without a result is never too large, whatever room there is. */
function isSmall({ state }: StoredTask): boolean {
  return state.status === 'cancelled' || (state.status === 'failed' && !state.error.data);
}

function noRoom(): ProtocolError {
  return new ProtocolError(
    ProtocolErrorCode.InternalError,
    'The task has no room for this. Wait until other tasks have expired, and try again.',
  );
}

interface Waiting {
  /** The key of the handler by the one on the wire. */
  readonly keys: ReadonlyMap<string, string>;
  readonly answers: Map<string | undefined, unknown>;
  readonly resolve: (answers: InputResponses) => void;
}

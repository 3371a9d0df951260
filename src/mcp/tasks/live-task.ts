import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { TaskStoppedError } from '../mcp.errors.js';
import { isSettled, type InputRequests, type StoredTask, type TaskState } from './stored-task.js';
import { TOO_LARGE } from './task-endings.js';
import { assertAnswers, type InputResponses } from './task-input.js';
import type { ContainedTaskStore } from './task-store.js';
import { TaskWriter } from './task-writer.js';

/** The services and callbacks of a {@link LiveTask}. */
interface LiveTaskParts {
  readonly store: ContainedTaskStore;
  /** Aborts when the task is cancelled, expires, or the server shuts down. */
  readonly controller: AbortController;
  readonly now: () => number;
  /** Called with every change, including the last one. */
  readonly changed: (task: StoredTask) => void;
  /** Called when the last state is stored, or when no further attempt will be made. */
  readonly saved: () => void;
}

/** A task that this process runs: its state, the input that it waits for, and its end. */
export class LiveTask {
  #task: StoredTask;
  /** The end of a task, until the store has it, where other nodes can end the task before. */
  #ending: Promise<void> | undefined;
  #isAbandoned = false;
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
      settledElsewhere: (settled) => this.endAs(settled),
    });
  }

  get task(): StoredTask {
    return this.#task;
  }

  /** Whether it has ended, its end is being stored, or this process no longer ends it. */
  get isEnding(): boolean {
    return this.#isAbandoned || this.#ending !== undefined || isSettled(this.#task);
  }

  /** Sets the status message, unless it does not fit in the limits of the store. */
  async setStatusMessage(statusMessage: string): Promise<void> {
    const task = { ...this.#task, statusMessage };
    if (this.#fits(task)) await this.change(task);
  }

  /**
   * Asks the client, and waits for its answers. The extension requires keys that are unique within
   * a task, so that the keys on the wire have a prefix; the handler may reuse its keys.
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
      await Promise.race([answered, this.#moveTo({ status: 'input_required', inputRequests })]);
      return await answered;
    } finally {
      signal.removeEventListener('abort', onabort);
    }
  }

  /**
   * Accepts some or all answers; the task continues when none is missing. Unknown keys are ignored.
   *
   * @throws {ProtocolError} -32602 an answer is malformed, -32603 the store has no room for the
   *   answers. Nothing is changed in either case
   */
  async acceptAnswers(responses: InputResponses): Promise<void> {
    const { state } = this.#task;
    const waiting = this.#waiting;
    if (state.status !== 'input_required' || !waiting) return;
    assertAnswers(state.inputRequests, responses);
    const asked = Object.entries(state.inputRequests);
    const open = asked.filter(([key]) => !Object.hasOwn(responses, key));
    if (open.length === asked.length) return;
    const given = asked.filter(([key]) => Object.hasOwn(responses, key)).map(([key]) => key);
    this.#reserveBytesOf(given.map((key) => responses[key]));
    for (const key of given) waiting.answers.set(waiting.keys.get(key), responses[key]);
    if (open.length > 0) {
      await this.#moveTo({ status: 'input_required', inputRequests: Object.fromEntries(open) });
      return;
    }
    this.#waiting = undefined;
    const saved = this.#moveTo({ status: 'working' });
    waiting.resolve(Object.fromEntries(waiting.answers));
    await saved;
  }

  /** Ends the task. Only the first end counts. */
  async settle(state: TaskState): Promise<void> {
    await this.#moveTo(state);
  }

  /** Makes a last attempt to store the state. */
  close(): Promise<void> {
    return this.#writer.close();
  }

  /** Ends the task before its handler has ended, and aborts the handler. */
  async stop(state: TaskState, reason: string): Promise<void> {
    const saved = this.#moveTo(state);
    this.parts.controller.abort(new TaskStoppedError(reason));
    await saved;
  }

  /** Aborts the handler of a task that outlives this process, and leaves the task as it is. */
  abandon(reason: string): void {
    this.#isAbandoned = true;
    this.parts.controller.abort(new TaskStoppedError(reason));
  }

  /** Takes over the end that another node has given the task, and aborts the handler. */
  endAs(settled: StoredTask): void {
    if (isSettled(this.#task)) return;
    this.#task = settled;
    this.parts.controller.abort(new TaskStoppedError('The task was ended elsewhere'));
    this.parts.changed(settled);
  }

  /** The store answers again: an unsaved state is saved at once. */
  retrySaving(): void {
    this.#writer.retry();
  }

  async #moveTo(state: TaskState): Promise<void> {
    const task = { ...this.#task, state };
    if (this.#fits(task)) return this.change(task);
    if (!isSettled(task)) throw noRoom();
    return this.change({ ...task, state: TOO_LARGE });
  }

  /** Stores the states in their order, so that the last one wins even if the store is slow. */
  private change(task: StoredTask): Promise<void> {
    if (this.#isAbandoned || isSettled(this.#task)) return Promise.resolve();
    if (this.#ending) return this.#ending;
    if (this.parts.store.replaces && isSettled(task)) return (this.#ending = this.#end(task));
    this.#task = { ...task, updatedAt: this.parts.now() };
    const saved = this.#writer.write(this.#task);
    this.parts.changed(this.#task);
    return saved;
  }

  /**
   * Shows an end once it is stored, since another node may have stored another one before; while the
   * store fails, after the first attempt.
   */
  async #end(task: StoredTask): Promise<void> {
    const ended = { ...task, updatedAt: this.parts.now() };
    await this.#writer.write(ended);
    if (isSettled(this.#task)) return;
    this.#task = ended;
    this.parts.changed(ended);
    if (this.#writer.isSaved) this.parts.saved();
  }

  #fits(task: StoredTask): boolean {
    return isSettled(this.#task) || isSmall(task) || this.parts.store.reserve(task);
  }

  /** Adds the size of the client's answers to the memory of the task. */
  #reserveBytesOf(answers: readonly unknown[]): void {
    const bytes = Buffer.byteLength(JSON.stringify(answers));
    const task = { ...this.#task, heldBytes: (this.#task.heldBytes ?? 0) + bytes };
    if (!this.#fits(task)) throw noRoom();
    this.#task = task;
  }
}

/** An end without a result is always stored, even over the limit. */
function isSmall({ state }: StoredTask): boolean {
  return state.status === 'cancelled' || (state.status === 'failed' && !state.error.data);
}

/** @returns the error for answers that the limits of the store have no room for */
export function noRoom(): ProtocolError {
  return new ProtocolError(
    ProtocolErrorCode.InternalError,
    'The task has no room for this. Wait until other tasks have expired, and try again.',
  );
}

interface Waiting {
  /** The keys of the handler by their keys on the wire. */
  readonly keys: ReadonlyMap<string, string>;
  readonly answers: Map<string | undefined, unknown>;
  readonly resolve: (answers: InputResponses) => void;
}

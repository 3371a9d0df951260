import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { ContainedSeam } from '../../access/contained-seam.js';
import type { MaybePromise } from '../../access/maybe-promise.js';
import type { StoredTask } from './stored-task.js';
import type { McpTaskStore } from './task-store.js';

/** The store of the application, whose failures are not those of a call. */
export class ContainedTaskStore {
  private readonly seam: ContainedSeam;

  constructor(
    private readonly store: McpTaskStore,
    timeoutMs: number,
  ) {
    this.seam = new ContainedSeam({
      name: 'McpTaskStore',
      consequence:
        'New tasks are refused; those that run go on, and their states are saved when it answers.',
      timeoutMs,
    });
  }

  /** @throws {ProtocolError} -32603 */
  add(task: StoredTask): Promise<boolean> {
    return this.ask(() => this.store.add(task));
  }

  /** The task, or `undefined` also while the store fails. */
  async find(id: string): Promise<StoredTask | undefined> {
    return this.seam.callOr(
      () => this.store.find(id),
      () => undefined,
    );
  }

  /** @throws {ProtocolError} -32603 */
  get(id: string): Promise<StoredTask | undefined> {
    return this.ask(() => this.store.find(id));
  }

  /** @throws {ProtocolError} -32603 */
  save(task: StoredTask): Promise<void> {
    return this.ask(() => this.store.save(task));
  }

  async sweep(now: number): Promise<void> {
    await this.seam.callOr(
      () => this.store.sweep(now),
      () => undefined,
    );
  }

  /** Whether there is room for what a task becomes. What has no form in JSON has no size, and no room. */
  reserve(task: StoredTask): boolean {
    try {
      return this.store.reserve?.(task) ?? true;
    } catch {
      return false;
    }
  }

  /**
   * Several steps with one time limit.
   *
   * @throws {SeamFailedError}
   */
  async run<T>(work: (store: McpTaskStore) => Promise<T>): Promise<T> {
    return this.seam.call(() => work(this.store));
  }

  private async ask<T>(work: () => MaybePromise<T>): Promise<T> {
    return this.seam.callOr(work, () => {
      throw new ProtocolError(
        ProtocolErrorCode.InternalError,
        'Tasks cannot be reached just now. Try again later.',
      );
    });
  }
}

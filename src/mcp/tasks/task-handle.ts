import type { TaskState } from './stored-task.js';

/** What {@link McpTaskHandle} needs of the tasks of a server. */
export interface HandledTasks {
  statusOf(id: string): Promise<TaskState['status'] | undefined>;
  setStatusMessage(id: string, message: string): Promise<boolean>;
  complete(id: string, returned: unknown): Promise<boolean>;
  fail(id: string, error: unknown): Promise<boolean>;
}

/**
 * A detached task (`task: { detached: true }`), for the code that does its work, in any process of the
 * service. Get it with `McpTasks.handle()`.
 *
 * The methods that change the task resolve to `false` if it has ended: its client has cancelled it, it has
 * expired, or its caller was revoked. The work can stop then. They reject if the store does not answer, so
 * that a queue tries again.
 */
export class McpTaskHandle {
  /** @internal */
  constructor(
    /** Id of the task. */
    readonly id: string,
    private readonly tasks: HandledTasks,
  ) {}

  /** The state of the task; `undefined` if it does not exist, or has expired. */
  status(): Promise<TaskState['status'] | undefined> {
    return this.tasks.statusOf(this.id);
  }

  /**
   * Sets the status message of the task, which its client sees.
   *
   * @returns false if the task has ended
   */
  progress(message: string): Promise<boolean> {
    return this.tasks.setStatusMessage(this.id, message);
  }

  /**
   * Ends the task with what the handler of its tool could have returned. The `output` schema of the tool
   * validates it.
   *
   * @returns false if the task had ended
   * @throws {InvalidToolOutputError} the result does not match the schema; the task goes on
   */
  complete(result: unknown): Promise<boolean> {
    return this.tasks.complete(this.id, result);
  }

  /**
   * Ends the task as if the handler of its tool had thrown this error: its client gets the message of an
   * error that is meant for it, such as an `HttpException` below 500, and no other.
   *
   * @returns false if the task had ended
   */
  fail(error: unknown): Promise<boolean> {
    return this.tasks.fail(this.id, error);
  }
}

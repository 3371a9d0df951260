import { ProtocolError } from '@modelcontextprotocol/server';
import { Logger } from '@nestjs/common';
import type { CatalogTool } from '../catalog/catalog-entry.js';
import type { McpCatalog } from '../catalog/mcp-catalog.js';
import { isForCaller, toToolFailure } from '../invocation/handler-failure.js';
import { InvalidTaskHandleError } from '../mcp.errors.js';
import type { LiveTask } from './live-task.js';
import { isSettled, type StoredTask, type TaskState } from './stored-task.js';
import { TOO_LARGE, completedWith, failedWith } from './task-endings.js';
import type { HandledTasks } from './task-handle.js';
import type { ContainedTaskStore } from './task-store.js';
import { logFailure } from '../../request/log-failure.js';

/** The services and callbacks of {@link DetachedTasks}. */
interface DetachedTasksParts {
  readonly catalog: McpCatalog;
  readonly store: ContainedTaskStore;
  /** The tasks whose handlers run in this process. */
  readonly live: ReadonlyMap<string, LiveTask>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Whether a stored task has expired, where its store does not remove it by itself. */
  readonly isExpired: (task: StoredTask) => boolean;
  /** Called with each change. */
  readonly changed: (task: StoredTask) => void;
}

/** Changes detached tasks for the application. */
export class DetachedTasks implements HandledTasks {
  private readonly logger = new Logger('McpTasks');

  constructor(private readonly parts: DetachedTasksParts) {}

  async statusOf(id: string): Promise<TaskState['status'] | undefined> {
    return (await this.find(id))?.state.status;
  }

  async setStatusMessage(id: string, statusMessage: string): Promise<boolean> {
    return this.change(id, (task) => ({ ...task, statusMessage }));
  }

  async complete(id: string, returned: unknown): Promise<boolean> {
    return this.change(id, async (task) => {
      const resultOf = this.resultOf(task);
      return { ...task, state: completedWith(await resultOf(returned)) };
    });
  }

  async fail(id: string, error: unknown): Promise<boolean> {
    return this.change(id, (task) => {
      if (!isForCaller(error))
        logFailure(this.logger, `A detached task of ${task.tool} failed`, error);
      return { ...task, state: failureOf(error) };
    });
  }

  /** @returns whether the task had not ended */
  private async change(
    id: string,
    edit: (task: StoredTask) => StoredTask | Promise<StoredTask>,
  ): Promise<boolean> {
    const { store, live, now, changed } = this.parts;
    const task = await this.find(id);
    if (!task || isSettled(task)) return false;
    if (!task.detached) {
      throw new InvalidTaskHandleError(
        task.tool,
        'its handler ends it. Set task: { detached: true } in @McpTool().',
      );
    }
    const edited = await edit(task);
    const here = live.get(id);
    if (here) return changeHere(here, edited);
    const next = this.fitting({ ...edited, updatedAt: now() });
    const kept = await store.replace(next);
    // A result for which there is no room is an end as well.
    if (kept !== next && !(kept && isEndOf(kept, next))) return false;
    changed(kept);
    return true;
  }

  private async find(id: string): Promise<StoredTask | undefined> {
    const here = this.parts.live.get(id);
    const task = here?.task ?? (await this.parts.store.run(async (store) => store.find(id)));
    return task && this.parts.isExpired(task) ? undefined : task;
  }

  private fitting(task: StoredTask): StoredTask {
    return this.parts.store.reserve(task) || !isSettled(task)
      ? task
      : { ...task, state: TOO_LARGE };
  }

  /** @throws {InvalidTaskHandleError} this process does not have the tool, whose schema is needed */
  private resultOf({ tool }: StoredTask): CatalogTool['resultOf'] & {} {
    const resultOf = this.parts.catalog.tools.get(tool)?.resultOf;
    if (resultOf) return resultOf;
    throw new InvalidTaskHandleError(
      tool,
      'this process does not have the tool, whose schema validates the result. Provide its class in a module that McpModule serves.',
    );
  }
}

async function changeHere(here: LiveTask, edited: StoredTask): Promise<boolean> {
  if (here.isEnding) return false;
  if (isSettled(edited)) await here.settle(edited.state);
  else await here.setStatusMessage(edited.statusMessage ?? '');
  return true;
}

/** Whether the store has replaced a result by an error. */
function isEndOf(kept: StoredTask, next: StoredTask): boolean {
  return isSettled(next) && kept.state === TOO_LARGE;
}

function failureOf(error: unknown): TaskState {
  try {
    return completedWith(toToolFailure(error));
  } catch (failure) {
    if (failure instanceof ProtocolError) return failedWith(failure);
    throw failure;
  }
}

import { randomUUID } from 'node:crypto';
import { ProtocolError } from '@modelcontextprotocol/server';
import { Logger } from '@nestjs/common';
import { idOfNode } from '../../backplane/node-id.js';
import type { RevocationRegistry } from '../../access/revocation-registry.js';
import { subjectKey, type Principal } from '../../request/principal.js';
import type { ResolvedMcpTasksOptions } from '../authoring/task-options.js';
import { TooManyTasksError } from '../mcp.errors.js';
import { LiveTask } from './live-task.js';
import type { SharedTaskStore } from './shared-task-store.js';
import { isExpired, isSettled, toTask, type StoredTask } from './stored-task.js';
import {
  EXPIRED,
  REVOKED,
  SHUT_DOWN,
  completedWith,
  failedWith,
  type TaskOutcome,
} from './task-endings.js';
import { TaskExecution, type TaskCall } from './task-execution.js';
import type { ContainedTaskStore } from './task-store.js';
import { logFailure } from '../../request/log-failure.js';

/** The services and callbacks of a {@link TaskRunner}. */
interface TaskRunnerParts {
  readonly store: ContainedTaskStore;
  /** The store, if the nodes share it. */
  readonly shared: SharedTaskStore | undefined;
  /** Whether the store ends with this process. */
  readonly isInProcess: boolean;
  readonly options: ResolvedMcpTasksOptions;
  readonly nodeId: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly revocations: RevocationRegistry;
  readonly ownerOf: (principal: Principal | undefined) => string | null;
  /** Called with each change of a task that this process runs. */
  readonly changed: (task: StoredTask) => void;
  /** Removes expired tasks. */
  readonly sweep: () => Promise<void>;
}

/** Runs the tasks of this process. */
export class TaskRunner {
  /** Tasks that run in this process, or whose last state is not stored yet. */
  readonly live = new Map<string, LiveTask>();
  private readonly logger = new Logger('McpTasks');
  /** Tasks that a revocation ends: also those that were handed over. */
  private readonly held = new Map<string, HeldTask>();
  private closing = false;

  constructor(private readonly parts: TaskRunnerParts) {}

  /** Number of tasks that this process runs. */
  get running(): number {
    return [...this.live.values()].filter(({ task }) => !isSettled(task)).length;
  }

  /** @throws {TooManyTasksError} the limit of tasks is reached */
  async start(call: TaskCall): Promise<TaskOutcome | Record<string, unknown>> {
    const execution = new TaskExecution(call, (started) => this.open(call, started));
    if (call.tool.task?.starts !== 'by-handler') {
      const live = await execution.start();
      const created = toTask(live.task);
      this.finish(live, execution.run());
      return { resultType: 'task', ...created };
    }
    return this.startByHandler(execution);
  }

  /** Ends expired tasks. */
  async sweep(now: number): Promise<void> {
    // Those that were handed over are not live any more.
    const all = new Set([
      ...this.live.values(),
      ...[...this.held.values()].map(({ live }) => live),
    ]);
    const expired = [...all].filter(({ task }) => isExpired(task, now));
    await Promise.allSettled(expired.map((live) => live.stop(EXPIRED, 'The task has expired')));
    for (const { task } of expired) {
      this.live.delete(task.id);
      this.release(task.id);
    }
  }

  /** Ends all tasks, since the application shuts down. */
  async close(): Promise<void> {
    this.closing = true;
    const running = [...this.live.values()];
    const { message } = SHUT_DOWN.error;
    // A detached task outlives the process, if its store does.
    const outlive = (live: LiveTask) => live.task.detached && !this.parts.isInProcess;
    await Promise.allSettled(
      running.map((live) =>
        outlive(live) ? live.abandon(message) : live.stop(SHUT_DOWN, message),
      ),
    );
    await Promise.allSettled([...this.live.values()].map((live) => live.close()));
  }

  private async startByHandler(
    execution: TaskExecution,
  ): Promise<TaskOutcome | Record<string, unknown>> {
    const started = new Promise<Record<string, unknown>>((resolve) => {
      execution.onstart = (live) => {
        resolve({ resultType: 'task', ...toTask(live.task) });
        this.finish(live, outcome);
      };
    });
    const outcome = execution.run();
    return Promise.race([started, outcome]);
  }

  /** Creates a task in the store. */
  private async open(call: TaskCall, execution: TaskExecution): Promise<LiveTask> {
    const { tool, exchange } = call;
    const now = this.parts.now();
    const owner = this.parts.ownerOf(exchange.principal);
    const task: StoredTask = {
      id: idOfNode(this.parts.nodeId, randomUUID()),
      tool: tool.key,
      owner,
      ...(owner !== null && exchange.principal && { quotaKey: subjectKey(exchange.principal) }),
      heldBytes: inputBytesOf(call),
      createdAt: now,
      updatedAt: now,
      ttlMs: tool.task?.ttlMs ?? this.parts.options.ttlMs,
      pollIntervalMs: tool.task?.pollIntervalMs ?? this.parts.options.pollIntervalMs,
      ...(tool.task?.detached && { detached: true }),
      state: { status: 'working' },
    };
    if (this.closing || !(await this.hasAdded(task))) throw new TooManyTasksError();
    const { controller } = execution;
    const { store, now: clock } = this.parts;
    const live = new LiveTask(task, {
      store,
      controller,
      now: clock,
      changed: (changed) => this.parts.changed(changed),
      saved: () => {
        if (isSettled(live.task)) this.live.delete(task.id);
      },
    });
    this.live.set(task.id, live);
    this.held.set(task.id, { live, release: this.endWhenRevoked(live, exchange.principal) });
    return live;
  }

  private endWhenRevoked(live: LiveTask, principal: Principal | undefined): () => void {
    return this.parts.revocations.register(
      () => principal,
      () => void live.stop(REVOKED, REVOKED.error.message).catch(this.onfailure),
    );
  }

  private async hasAdded(task: StoredTask): Promise<boolean> {
    if (await this.parts.store.add(task)) return true;
    await this.parts.sweep();
    return this.parts.store.add(task);
  }

  /** Ends a task with the result of its handler. */
  private finish(live: LiveTask, outcome: Promise<TaskOutcome>): void {
    outcome
      .then(
        (result) =>
          live.task.detached && result['isError'] !== true
            ? this.handOver(live.task.id)
            : live.settle(completedWith(result)),
        (error: unknown) => {
          // A task that was stopped while it waited for input is settled, and its handler rejects.
          if (!(error instanceof ProtocolError || live.isEnding)) this.onfailure(error);
          return live.settle(failedWith(error));
        },
      )
      .catch(this.onfailure);
  }

  /** The handler of a detached task has returned: the application ends the task. */
  private handOver(id: string): void {
    this.live.delete(id);
    this.parts.shared?.release(id);
  }

  /** The access of the caller no longer ends a task. */
  release(id: string): void {
    this.held.get(id)?.release();
    this.held.delete(id);
  }

  private readonly onfailure = (error: unknown): void => {
    logFailure(this.logger, 'A task failed', error);
  };
}

/**
 * Size of the arguments of a call and of the answers that it got before it became a task, in bytes.
 */
function inputBytesOf({ input, sdkContext }: TaskCall): number {
  const json = JSON.stringify([input, sdkContext.mcpReq.inputResponses]);
  return Buffer.byteLength(json);
}

/** A task, and the end of its registration with the revocations. */
interface HeldTask {
  readonly live: LiveTask;
  readonly release: () => void;
}

import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { Backplane } from '../../backplane/backplane.js';
import { BACKPLANE } from '../../backplane/backplane.module.js';
import { RevocationRegistry } from '../../access/revocation-registry.js';
import { principalKey, type Principal } from '../../request/principal.js';
import { McpCatalog } from '../catalog/mcp-catalog.js';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import { InvalidHandlerError } from '../mcp.errors.js';
import { MCP_GUARDS, RESOLVED_MCP_OPTIONS } from '../mcp.tokens.js';
import { isExpired, isSettled, type StoredTask } from './stored-task.js';
import { CANCELLED, type TaskOutcome } from './task-endings.js';
import type { TaskCall } from './task-execution.js';
import type { InputResponses } from './task-input.js';
import { DetachedTasks } from './detached-tasks.js';
import { SharedTaskStore } from './shared-task-store.js';
import { McpTaskHandle } from './task-handle.js';
import type { TaskTimes } from './dead-nodes.js';
import { TaskNodes } from './task-nodes.js';
import { TaskRunner } from './task-runner.js';
import {
  ContainedTaskStore,
  InProcessTaskStore,
  McpTaskStore,
  storeUnavailable,
} from './task-store.js';
import { logFailure } from '../../request/log-failure.js';

/** Injects the clock, a function that returns milliseconds since the epoch. */
export const MCP_TASK_CLOCK = Symbol('MCP_TASK_CLOCK');

/** Injects the {@link TaskTimes}. */
export const MCP_TASK_TIMES = Symbol('MCP_TASK_TIMES');

/**
 * The tasks of a server. An application uses {@link handle}, for tools with `task: { detached: true }`.
 *
 * @example
 * ```ts
 * const task = this.tasks.handle(job.data.taskId);
 * if (!(await task.progress('Half done'))) return; // cancelled
 * await task.complete({ pages: 12 });
 * ```
 */
@Injectable()
export class McpTasks implements OnApplicationBootstrap, OnModuleDestroy {
  /** @internal Whether calls without a principal may become tasks. */
  readonly anonymous: boolean;
  private readonly logger = new Logger('McpTasks');
  private readonly store: ContainedTaskStore;
  /** The other nodes of the service; `undefined` where tasks are not shared. */
  private readonly nodes: TaskNodes | undefined;
  private readonly detached: DetachedTasks;
  /** Whether every change of a stored task is made in this process. */
  private readonly isInProcess: boolean;
  private readonly runner: TaskRunner;
  private readonly watchers = new Map<string, Set<TaskListener>>();
  private readonly sweeper: NodeJS.Timeout;

  constructor(
    private readonly catalog: McpCatalog,
    store: McpTaskStore,
    @Inject(MCP_TASK_CLOCK) private readonly now: () => number,
    @Inject(RESOLVED_MCP_OPTIONS) { tasks, seamTimeoutMs }: ResolvedMcpOptions,
    @Inject(MCP_GUARDS) guards: readonly unknown[] | null,
    revocations: RevocationRegistry,
    @Inject(BACKPLANE) private readonly backplane: Backplane,
    @Inject(MCP_TASK_TIMES) times: TaskTimes,
  ) {
    this.store = new ContainedTaskStore(store, seamTimeoutMs);
    this.isInProcess = store instanceof InProcessTaskStore;
    const shared = store instanceof SharedTaskStore ? store : undefined;
    const changed = (task: StoredTask): void => this.onchange(task);
    this.runner = new TaskRunner({
      store: this.store,
      shared,
      isInProcess: this.isInProcess,
      options: tasks,
      nodeId: backplane.nodeId,
      now,
      revocations,
      ownerOf: (principal) => this.ownerOf(principal),
      changed,
      sweep: () => this.sweep(),
    });
    const { live } = this.runner;
    this.detached = new DetachedTasks({
      catalog,
      store: this.store,
      live,
      now,
      isExpired: (task) => this.hasExpired(task),
      changed,
    });
    this.nodes =
      shared &&
      new TaskNodes({
        backplane,
        store: shared,
        contained: this.store,
        live,
        isWatched: (id) => this.watchers.has(id),
        changed,
        now,
        times,
      });
    this.anonymous = tasks.anonymous ?? (guards ?? []).length === 0;
    this.sweeper = setInterval(() => void this.sweep().catch(this.onfailure), SWEEP_MS);
    this.sweeper.unref();
  }

  /**
   * A detached task, for the code that does its work: in the process that got the call or, with
   * `RedisModule`, in any process of the service that imports the same `McpModule` and provides the tool.
   *
   * @param id `context.taskId` of the call
   */
  handle(id: string): McpTaskHandle {
    return new McpTaskHandle(id, this.detached);
  }

  /** @internal @throws {InvalidHandlerError} a tool is listed to callers who could never call it */
  onApplicationBootstrap(): void {
    const unusable = this.catalog.tools.all.find(
      ({ access, task }) => access.kind === 'public' && task?.support === 'required',
    );
    if (!unusable || this.anonymous) return;
    throw new InvalidHandlerError(
      unusable.source,
      'it is public but always runs as a task, and tasks require a signed-in caller. Remove @Public(), make the task optional, or set tasks.anonymous.',
    );
  }

  /** @internal Number of tasks that this process runs. */
  get running(): number {
    return this.runner.running;
  }

  /** @internal Whether a task can be stored now, as far as this node knows. */
  get isAvailable(): boolean {
    return this.nodes === undefined || this.backplane.isReachable;
  }

  /**
   * @internal Runs a call as a task.
   *
   * @returns the task, or the result of the handler if the call did not become a task
   * @throws {TooManyTasksError} the limit of tasks is reached
   */
  async start(call: TaskCall): Promise<TaskOutcome | Record<string, unknown>> {
    return this.runner.start(call);
  }

  /**
   * @internal The task with this id, if it belongs to the caller. While the store fails, only tasks that this
   * process runs are known.
   */
  async tryGet(id: string, caller: Principal | undefined): Promise<StoredTask | undefined> {
    const task = this.runner.live.get(id)?.task ?? (await this.store.tryGet(id));
    return this.visible(task, caller);
  }

  /**
   * @internal The same, but fails while the store fails.
   *
   * @throws {ProtocolError} -32603 the store does not answer
   */
  async get(id: string, caller: Principal | undefined): Promise<StoredTask | undefined> {
    const live = this.runner.live.get(id)?.task;
    const task = this.visible(live ?? (await this.store.get(id)), caller);
    return task && !live && this.nodes ? this.nodes.withoutDeadNode(task) : task;
  }

  /** @internal The same as {@link tryGet}. From now on, {@link watch} tells the changes of other nodes. */
  async getWatched(id: string, caller: Principal | undefined): Promise<StoredTask | undefined> {
    if (!this.nodes || this.runner.live.has(id)) return this.tryGet(id, caller);
    return this.visible(await this.nodes.follow(id), caller);
  }

  /** @internal Whether a task belongs to this caller. An expired principal owns nothing. */
  belongsTo({ owner }: StoredTask, caller: Principal | undefined): boolean {
    if (owner === null && !this.anonymous) return false;
    return owner === this.ownerOf(caller);
  }

  /** @internal @throws {ProtocolError} an answer is malformed, or is not accepted where the task runs */
  async update(task: StoredTask, responses: InputResponses): Promise<void> {
    const live = this.runner.live.get(task.id);
    if (live) return live.acceptAnswers(responses);
    if (isSettled(task)) return;
    if (this.nodes) return this.nodes.update(task, responses);
    throw new ProtocolError(
      ProtocolErrorCode.InternalError,
      'Another node runs this task, and this node cannot reach it. Try again.',
    );
  }

  /** @internal Ends a task that has not ended. @throws {ProtocolError} -32603 it cannot be stored */
  async cancel(task: StoredTask): Promise<void> {
    const live = this.runner.live.get(task.id);
    if (live) return live.stop(CANCELLED, 'The client has cancelled the task');
    if (isSettled(task)) return;
    if (this.nodes) return this.nodes.cancel(task.id);
    const cancelled = { ...task, updatedAt: this.now(), state: CANCELLED };
    const kept = await this.store.replace(cancelled).catch(() => {
      throw storeUnavailable();
    });
    if (kept === cancelled) this.onchange(cancelled);
  }

  /** @internal Whether this process learns all changes of a task. */
  canWatch(task: StoredTask): boolean {
    if (isSettled(task) || this.nodes || this.runner.live.has(task.id)) return true;
    return task.detached === true && this.isInProcess;
  }

  /** @internal Calls the listener with every change of a task, until the returned function is called. */
  watch(id: string, listener: TaskListener): () => void {
    const listeners = this.watchers.get(id) ?? new Set();
    this.watchers.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0) return;
      this.watchers.delete(id);
      this.nodes?.unfollow(id);
    };
  }

  /** @internal Ends and removes expired tasks. */
  async sweep(): Promise<void> {
    const now = this.now();
    await this.runner.sweep(now);
    await this.store.sweep(now);
  }

  /** @internal */
  async onModuleDestroy(): Promise<void> {
    clearInterval(this.sweeper);
    await this.runner.close();
    this.nodes?.close();
    this.watchers.clear();
  }

  private visible(
    task: StoredTask | undefined,
    caller: Principal | undefined,
  ): StoredTask | undefined {
    if (!task || !this.belongsTo(task, caller)) return undefined;
    return this.hasExpired(task) ? undefined : task;
  }

  /** Where nodes share tasks, the engine removes expired ones. */
  private hasExpired(task: StoredTask): boolean {
    const isJudged = this.nodes === undefined || this.runner.live.has(task.id);
    return isJudged && isExpired(task, this.now());
  }

  private onchange(task: StoredTask): void {
    if (isSettled(task)) this.runner.release(task.id);
    for (const listener of this.watchers.get(task.id) ?? []) listener(task);
  }

  /** Key of the owner; `null` without a principal, or for an expired one. */
  private ownerOf(principal: Principal | undefined): string | null {
    return principal && principal.expiresAt > Date.now() ? principalKey(principal) : null;
  }

  private readonly onfailure = (error: unknown): void => {
    logFailure(this.logger, 'A task failed', error);
  };
}

/** Called with each change of a task. */
export type TaskListener = (task: StoredTask) => void;

const SWEEP_MS = 30_000;

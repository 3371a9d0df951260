import { randomUUID } from 'node:crypto';
import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { RevocationRegistry } from '../../access/revocation-registry.js';
import { subjectKey, principalKey, type Principal } from '../../request/principal.js';
import type { ResolvedMcpTasksOptions } from '../authoring/task-options.js';
import { McpCatalog } from '../catalog/mcp-catalog.js';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import { InvalidHandlerError, TooManyTasksError } from '../mcp.errors.js';
import { MCP_GUARDS, RESOLVED_MCP_OPTIONS } from '../mcp.tokens.js';
import { LiveTask } from './live-task.js';
import { isExpired, isSettled, toTask, type StoredTask } from './stored-task.js';
import {
  type TaskOutcome,
  CANCELLED,
  EXPIRED,
  REVOKED,
  SHUT_DOWN,
  completedWith,
  failedWith,
} from './task-endings.js';
import { type TaskCall, TaskExecution } from './task-execution.js';
import type { InputResponses } from './task-input.js';
import { ContainedTaskStore, McpTaskStore } from './task-store.js';

/** Injects the clock, a function that returns milliseconds since the epoch. */
export const MCP_TASK_CLOCK = Symbol('MCP_TASK_CLOCK');

/** Starts tasks, gives owners access to them, and ends them when the application shuts down. */
@Injectable()
export class McpTasks implements OnApplicationBootstrap, OnModuleDestroy {
  /** Whether calls without a principal may become tasks. */
  readonly anonymous: boolean;
  private readonly logger = new Logger('McpTasks');
  private readonly options: ResolvedMcpTasksOptions;
  private readonly store: ContainedTaskStore;
  /** Tasks that run in this process, or whose last state is not stored yet. */
  private readonly live = new Map<string, LiveTask>();
  private readonly releases = new Map<string, () => void>();
  private readonly watchers = new Map<string, Set<TaskListener>>();
  private readonly sweeper: NodeJS.Timeout;
  private closing = false;

  constructor(
    private readonly catalog: McpCatalog,
    store: McpTaskStore,
    @Inject(MCP_TASK_CLOCK) private readonly now: () => number,
    @Inject(RESOLVED_MCP_OPTIONS) { tasks, seamTimeoutMs }: ResolvedMcpOptions,
    @Inject(MCP_GUARDS) guards: readonly unknown[] | null,
    private readonly revocations: RevocationRegistry,
  ) {
    this.options = tasks;
    this.store = new ContainedTaskStore(store, seamTimeoutMs);
    this.anonymous = tasks.anonymous ?? (guards ?? []).length === 0;
    this.sweeper = setInterval(() => void this.sweep().catch(this.onfailure), SWEEP_MS);
    this.sweeper.unref();
  }

  /** @throws {InvalidHandlerError} a tool is listed to callers who could never call it */
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

  /** Number of tasks that this process runs. */
  get running(): number {
    return [...this.live.values()].filter(({ task }) => !isSettled(task)).length;
  }

  /**
   * Runs a call as a task.
   *
   * @returns the task, or the result of the handler if the call did not become a task
   * @throws {TooManyTasksError} the limit of tasks is reached
   */
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

  /**
   * The task with this id, if it belongs to the caller. While the store fails, only tasks that this
   * process runs are known.
   */
  async tryGet(id: string, caller: Principal | undefined): Promise<StoredTask | undefined> {
    const task = this.live.get(id)?.task ?? (await this.store.tryGet(id));
    return this.visible(task, caller);
  }

  /**
   * The same, but fails while the store fails.
   *
   * @throws {ProtocolError} -32603 the store does not answer
   */
  async get(id: string, caller: Principal | undefined): Promise<StoredTask | undefined> {
    const task = this.live.get(id)?.task ?? (await this.store.get(id));
    return this.visible(task, caller);
  }

  /** Whether a task belongs to this caller. An expired principal owns nothing. */
  belongsTo({ owner }: StoredTask, caller: Principal | undefined): boolean {
    if (owner === null && !this.anonymous) return false;
    return owner === this.ownerOf(caller);
  }

  /** @throws {ProtocolError} an answer is malformed, or another node runs the task */
  async update(task: StoredTask, responses: InputResponses): Promise<void> {
    const live = this.live.get(task.id);
    if (live) return live.acceptAnswers(responses);
    if (isSettled(task)) return;
    throw new ProtocolError(
      ProtocolErrorCode.InternalError,
      'Another node runs this task. Requests for a task must be routed by their Mcp-Name header.',
    );
  }

  /** Ends a task that has not ended. */
  async cancel(task: StoredTask): Promise<void> {
    const live = this.live.get(task.id);
    if (live) return live.stop(CANCELLED, 'The client has cancelled the task');
    if (isSettled(task)) return;
    await this.store.save({ ...task, updatedAt: this.now(), state: CANCELLED });
  }

  /** Whether this process knows all changes of a task: it runs the task, or the task has ended. */
  canWatch(task: StoredTask): boolean {
    return isSettled(task) || this.live.has(task.id);
  }

  /** Calls the listener with every change of a task, until the returned function is called. */
  watch(id: string, listener: TaskListener): () => void {
    const listeners = this.watchers.get(id) ?? new Set();
    this.watchers.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.watchers.delete(id);
    };
  }

  /** Ends and removes expired tasks. */
  async sweep(): Promise<void> {
    const now = this.now();
    const expired = [...this.live.values()].filter(({ task }) => isExpired(task, now));
    await Promise.allSettled(expired.map((live) => live.stop(EXPIRED, 'The task has expired')));
    for (const { task } of expired) this.live.delete(task.id);
    await this.store.sweep(now);
  }

  async onModuleDestroy(): Promise<void> {
    this.closing = true;
    clearInterval(this.sweeper);
    const running = [...this.live.values()];
    await Promise.allSettled(running.map((live) => live.stop(SHUT_DOWN, SHUT_DOWN.error.message)));
    await Promise.allSettled([...this.live.values()].map((live) => live.close()));
    this.watchers.clear();
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
    const now = this.now();
    const owner = this.ownerOf(exchange.principal);
    const task: StoredTask = {
      id: randomUUID(),
      tool: tool.key,
      owner,
      ...(owner !== null && exchange.principal && { quotaKey: subjectKey(exchange.principal) }),
      heldBytes: inputBytesOf(call),
      createdAt: now,
      updatedAt: now,
      ttlMs: tool.task?.ttlMs ?? this.options.ttlMs,
      pollIntervalMs: tool.task?.pollIntervalMs ?? this.options.pollIntervalMs,
      state: { status: 'working' },
    };
    if (this.closing || !(await this.hasAdded(task))) throw new TooManyTasksError();
    const { controller } = execution;
    const { store } = this;
    const live = new LiveTask(task, {
      store,
      controller,
      now: this.now,
      changed: (changed) => this.onchange(changed),
      saved: () => {
        if (isSettled(live.task)) this.live.delete(task.id);
      },
    });
    this.live.set(task.id, live);
    this.releases.set(task.id, this.endWhenRevoked(live, exchange.principal));
    return live;
  }

  private endWhenRevoked(live: LiveTask, principal: Principal | undefined): () => void {
    return this.revocations.register(
      () => principal,
      () => void live.stop(REVOKED, REVOKED.error.message).catch(this.onfailure),
    );
  }

  private async hasAdded(task: StoredTask): Promise<boolean> {
    if (await this.store.add(task)) return true;
    await this.sweep();
    return this.store.add(task);
  }

  private visible(
    task: StoredTask | undefined,
    caller: Principal | undefined,
  ): StoredTask | undefined {
    if (!task || !this.belongsTo(task, caller)) return undefined;
    return isExpired(task, this.now()) ? undefined : task;
  }

  /** Ends a task with the result of its handler. */
  private finish(live: LiveTask, outcome: Promise<TaskOutcome>): void {
    outcome
      .then(
        (result) => live.settle(completedWith(result)),
        (error: unknown) => {
          // A task that was stopped while it waited for input is settled, and its handler rejects.
          if (!(error instanceof ProtocolError || isSettled(live.task))) this.onfailure(error);
          return live.settle(failedWith(error));
        },
      )
      .catch(this.onfailure);
  }

  private onchange(task: StoredTask): void {
    if (isSettled(task)) {
      this.releases.get(task.id)?.();
      this.releases.delete(task.id);
    }
    for (const listener of this.watchers.get(task.id) ?? []) listener(task);
  }

  /** Key of the owner; `null` without a principal, or for an expired one. */
  private ownerOf(principal: Principal | undefined): string | null {
    return principal && principal.expiresAt > this.now() ? principalKey(principal) : null;
  }

  private readonly onfailure = (error: unknown): void => {
    this.logger.error('A task failed', error instanceof Error ? error.stack : error);
  };
}

/**
 * Size of the arguments of a call and of the answers that it got before it became a task, in bytes.
 */
function inputBytesOf({ input, sdkContext }: TaskCall): number {
  const json = JSON.stringify([input, sdkContext.mcpReq.inputResponses]);
  return Buffer.byteLength(json);
}

/** Called with each change of a task. */
export type TaskListener = (task: StoredTask) => void;

const SWEEP_MS = 30_000;

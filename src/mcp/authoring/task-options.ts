/**
 * How a tool uses the tasks extension (`io.modelcontextprotocol/tasks`), see {@link McpToolTask}.
 */
export type TaskSupport = 'optional' | 'required';

/** How calls of a tool become tasks: the client gets a task at once, and polls for the result. */
export interface McpToolTask {
  /**
   * For clients without tasks: `optional`: they wait for the result. `required`: they get -32021.
   */
  readonly support: TaskSupport;
  /**
   * When the call becomes a task. `immediately`: before the handler runs. `by-handler`: when it
   * calls `context.startTask()`; a question or result before that answers the call itself. Default:
   * `immediately`.
   */
  readonly starts?: 'immediately' | 'by-handler';
  /**
   * Lifetime of the task and its result from its start, in milliseconds. Default: of the server.
   */
  readonly ttlMs?: number;
  /** Interval in which clients should poll, in milliseconds. Default: of the server. */
  readonly pollIntervalMs?: number;
  /**
   * Whether the application ends the task: the handler hands the work to a queue, with
   * `context.taskId`, and returns. What it returns is dropped, and the task goes on until
   * `McpTasks.handle(id)` ends it, from any process, or until it expires. Default: false.
   */
  readonly detached?: boolean;
}

/** Options of the tasks of a server, `McpModule.forRoot({ tasks })`. */
export interface McpTasksOptions {
  /** Lifetime of a task and its result from its start, in milliseconds. Default: 15 minutes. */
  readonly ttlMs?: number;
  /** Interval in which clients should poll, in milliseconds. Default: 1 000. */
  readonly pollIntervalMs?: number;
  /** Stored tasks, running or settled; one more is refused. Default: 1 000. */
  readonly max?: number;
  /** The same for one person, across clients. Default: 50. */
  readonly maxPerPrincipal?: number;
  /**
   * Bytes of all tasks in this process: each as JSON with its result, and the arguments of running
   * tasks. Default: 64 MiB.
   */
  readonly maxBytes?: number;
  /**
   * The same for one person. Settled tasks are removed to make room for a new result, oldest first;
   * a result that still does not fit fails its task. Default: 8 MiB.
   */
  readonly maxBytesPerPrincipal?: number;
  /**
   * Whether calls without a principal become tasks. Everybody who knows the id of such a task can
   * use it. Default: true only if the endpoint has no guards.
   */
  readonly anonymous?: boolean;
}

/** The options with every default filled in. */
export type ResolvedMcpTasksOptions = Required<Omit<McpTasksOptions, 'anonymous'>> &
  Pick<McpTasksOptions, 'anonymous'>;

export function resolveTasksOptions(options: McpTasksOptions = {}): ResolvedMcpTasksOptions {
  return {
    ttlMs: options.ttlMs ?? 15 * 60_000,
    pollIntervalMs: options.pollIntervalMs ?? 1_000,
    max: options.max ?? 1_000,
    maxPerPrincipal: options.maxPerPrincipal ?? 50,
    maxBytes: options.maxBytes ?? 64 * 1024 * 1024,
    maxBytesPerPrincipal: options.maxBytesPerPrincipal ?? 8 * 1024 * 1024,
    ...(options.anonymous !== undefined && { anonymous: options.anonymous }),
  };
}

/** The long form of `@McpTool({ task })`. */
export function toolTaskOf(task: TaskSupport | McpToolTask): McpToolTask {
  return typeof task === 'string' ? { support: task } : task;
}

/** The problem with the task options of a tool; `undefined` if they are valid. */
export function problemOf({ ttlMs, pollIntervalMs, detached }: McpToolTask): string | undefined {
  if (detached !== undefined && typeof detached !== 'boolean') {
    return `task.detached is ${JSON.stringify(detached)}. Use true or false.`;
  }
  for (const [name, value] of Object.entries({ ttlMs, pollIntervalMs })) {
    if (value === undefined || (Number.isSafeInteger(value) && value > 0)) continue;
    return `task.${name} is ${value}. Use a whole number of milliseconds above 0.`;
  }
  return undefined;
}

/** How a tool uses the tasks extension (`io.modelcontextprotocol/tasks`), see {@link McpToolTask}. */
export type TaskSupport = 'optional' | 'required';

/** Long work: the client gets a task at once, and comes back for the result. */
export interface McpToolTask {
  /** `optional`: other clients wait for the result as ever. `required`: they get an error, -32021. */
  readonly support: TaskSupport;
  /**
   * When the call becomes a task. `immediately`: before the handler runs. `by-handler`: when it calls
   * `context.startTask()`; what it asks or returns before that is the answer to the call itself.
   * Default: `immediately`.
   */
  readonly starts?: 'immediately' | 'by-handler';
  /** How long the task and its result are kept, from its start, in milliseconds. Default: the server's. */
  readonly ttlMs?: number;
  /** How often the client should ask for the task, in milliseconds. Default: the server's. */
  readonly pollIntervalMs?: number;
}

/** Tasks of a server, in `McpModule.forRoot({ tasks })`. */
export interface McpTasksOptions {
  /** How long a task and its result are kept, from its start, in milliseconds. Default: 15 minutes. */
  readonly ttlMs?: number;
  /** How often a client should ask for a task, in milliseconds. Default: 1 000. */
  readonly pollIntervalMs?: number;
  /** Tasks that are kept at a time, running or done; one more is refused. Default: 1 000. */
  readonly max?: number;
  /** The same for one person, through whatever client. Default: 50. */
  readonly maxPerPrincipal?: number;
  /**
   * Bytes that all tasks may keep in this process: each as JSON with its result, and the arguments of one
   * that runs. Default: 64 MiB.
   */
  readonly maxBytes?: number;
  /**
   * The same for one person. Tasks that are done give way to a new result, the oldest first; a result that
   * has no room even then fails its task. Default: 8 MiB.
   */
  readonly maxBytesPerPrincipal?: number;
  /**
   * Whether calls without a principal become tasks. Such a task belongs to whoever knows its id. Default:
   * only where the endpoint has no guards, so that there is nobody it could belong to.
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

/** What `@McpTool({ task })` says, written out. */
export function toolTaskOf(task: TaskSupport | McpToolTask): McpToolTask {
  return typeof task === 'string' ? { support: task } : task;
}

/** What is wrong with the durations of a tool; `undefined` where nothing is. */
export function problemOf({ ttlMs, pollIntervalMs }: McpToolTask): string | undefined {
  for (const [name, value] of Object.entries({ ttlMs, pollIntervalMs })) {
    if (value === undefined || (Number.isSafeInteger(value) && value > 0)) continue;
    return `task.${name} is ${value}. Use a whole number of milliseconds above 0.`;
  }
  return undefined;
}

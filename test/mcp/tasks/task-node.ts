import { BACKPLANE } from '../../../src/backplane/backplane.module.js';
import type { Backplane } from '../../../src/backplane/backplane.js';
import { McpTasks } from '../../../src/index.js';
import type { TaskTimes } from '../../../src/mcp/tasks/dead-nodes.js';
import { MCP_TASK_TIMES } from '../../../src/mcp/tasks/mcp-tasks.js';
import { startMcpApp, type McpApp, type McpAppOptions } from '../fixtures.js';
import { DetachedTools } from './detached-tools.js';
import { TaskClient } from './task-client.js';
import { AliceOnly, Jobs, TaskTools } from './task-tools.js';

/** The engine that the nodes of a test share. */
export interface SharedEngine {
  /** The backplane of one more node, started. */
  node(): Promise<Backplane>;
  /** The node no longer renews its lease, which has ended: it was killed, or is frozen. */
  loseLease(node: Backplane): Promise<void>;
  /** The node finds that its lease was lost. */
  regainLease(node: Backplane): Promise<void>;
  /** The engine does not answer. */
  away(): Promise<void>;
  back(): Promise<void>;
  close(): Promise<void>;
}

/** A node with the tools of the tests. */
export interface TaskNode extends McpApp {
  readonly backplane: Backplane;
  readonly tasks: McpTasks;
  readonly jobs: Jobs;
  readonly alice: TaskClient;
}

/** Starts a node of a service. */
export async function startTaskNode(
  backplane: Backplane,
  options: McpAppOptions = {},
  times: TaskTimes = { sweepMs: 50, renewedMs: 0, aliveMs: 0 },
): Promise<TaskNode> {
  const started = await startMcpApp([Jobs, AliceOnly, TaskTools, DetachedTools], {
    seamTimeoutMs: 30_000,
    ...options,
    override: (builder) =>
      builder
        .overrideProvider(BACKPLANE)
        .useValue(backplane)
        .overrideProvider(MCP_TASK_TIMES)
        .useValue(times),
  });
  const { app, url } = started;
  return {
    ...started,
    backplane,
    tasks: app.get(McpTasks),
    jobs: app.get(Jobs),
    alice: new TaskClient(url),
  };
}

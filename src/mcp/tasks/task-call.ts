import type { CallToolResult } from '@modelcontextprotocol/server';
import { AccessRefusedError } from '../../access/access.errors.js';
import type { McpTasks } from './mcp-tasks.js';
import { type TaskCall } from './task-execution.js';
import { tasksRequired, understandsTasks } from './tasks-extension.js';

/**
 * Runs a call as a task, if the tool and the client support tasks.
 *
 * @param era of the server: revisions before 2026-07-28 do not have these tasks
 * @returns `undefined` for a call that does not become a task
 * @throws {MissingRequiredClientCapabilityError} -32021 the tool requires a task, and the client
 *   does not support tasks
 * @throws {AccessRefusedError} the caller has no principal that could own the task
 */
export async function callAsTask(
  tasks: McpTasks,
  call: TaskCall,
  era: 'modern' | 'legacy',
): Promise<CallToolResult | undefined> {
  const { tool, exchange, sdkContext } = call;
  if (!tool.task || era === 'legacy') return undefined;
  const required = tool.task.support === 'required';
  if (!understandsTasks(sdkContext)) {
    if (required) throw tasksRequired();
    return undefined;
  }
  if (!exchange.principal && !tasks.anonymous) {
    if (required) throw new AccessRefusedError({ reason: 'unauthenticated' });
    return undefined;
  }
  // A result of the tasks extension, which the types of the SDK do not have.
  return (await tasks.start(call)) as CallToolResult;
}

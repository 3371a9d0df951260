import { type TaskCall } from './task-execution.js';
import type { CallToolResult } from '@modelcontextprotocol/server';
import { AccessRefusedError } from '../../access/access.errors.js';
import { tasksRequired, understandsTasks } from './tasks-extension.js';
import type { McpTasks } from './mcp-tasks.js';

/**
 * Runs a call as a task, where the tool and the client say so.
 *
 * @param era of the server: the revisions before 2026-07-28 have no such tasks
 * @returns `undefined` for a call that is no task
 * @throws {MissingRequiredClientCapabilityError} -32021 the tool needs a task, the client has none
 * @throws {AccessRefusedError} a caller without a principal, whom no task could belong to
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
  // A result of the extension, which the types of the SDK do not know.
  return (await tasks.start(call)) as CallToolResult;
}

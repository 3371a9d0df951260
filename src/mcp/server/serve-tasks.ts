import { ProtocolError, ProtocolErrorCode, type ServerContext } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { AccessRefusedError } from '../../access/access.errors.js';
import { throwProtocolFailure } from '../invocation/handler-failure.js';
import { exchangeOf } from '../invocation/mcp-exchange.js';
import { toDetailedTask, type StoredTask } from '../tasks/stored-task.js';
import { auditedTool, withRule } from '../tasks/task-admission.js';
import { TASKS_EXTENSION, tasksRequired, understandsTasks } from '../tasks/tasks-extension.js';
import type { CatalogServer } from './catalog-server.js';

/** `tasks/get`, `tasks/update` and `tasks/cancel`. */
export function serveTasks(catalogServer: CatalogServer): void {
  const { server, parts } = catalogServer;
  const { catalog, options, tasks } = parts;
  if (!options.dynamic && !catalog.tools.all.some(({ task }) => task)) return;
  server.registerCapabilities({ extensions: { [TASKS_EXTENSION]: {} } });

  server.setRequestHandler('tasks/get', TASK_PARAMS, async ({ taskId }, sdkContext) =>
    toDetailedTask(await taskOf(catalogServer, taskId, sdkContext)),
  );

  server.setRequestHandler('tasks/update', TASK_PARAMS, async ({ taskId }, sdkContext) => {
    const task = await taskOf(catalogServer, taskId, sdkContext);
    const { inputResponses, droppedInputResponseKeys } = sdkContext.mcpReq;
    if (!inputResponses) throw invalid('Invalid params: inputResponses is missing');
    const dropped = (droppedInputResponseKeys ?? []).map((key) => [key, undefined] as const);
    await tasks.update(task, { ...inputResponses, ...Object.fromEntries(dropped) });
    return {};
  });

  server.setRequestHandler('tasks/cancel', TASK_PARAMS, async ({ taskId }, sdkContext) => {
    await tasks.cancel(await taskOf(catalogServer, taskId, sdkContext));
    return {};
  });
}

const TASK_PARAMS = { params: z.looseObject({ taskId: z.string().max(200) }) };

/**
 * The task with this id, if the caller owns it and may still use its tool.
 *
 * @throws {ProtocolError} -32021 the client does not understand tasks; -32602 it has no such task;
 *   -32603 the store does not answer
 */
async function taskOf(
  catalogServer: CatalogServer,
  taskId: string,
  sdkContext: ServerContext,
): Promise<StoredTask> {
  if (!understandsTasks(sdkContext)) throw tasksRequired();
  const { parts } = catalogServer;
  const { principal, access, audit } = exchangeOf(sdkContext.http?.authInfo);
  const { method } = sdkContext.mcpReq;
  const task = await parts.tasks.get(taskId, principal);
  const found = task && withRule(task, parts);
  if (!found) {
    audit?.decided(method, { kind: 'tool' }, 'unknown');
    throw invalid('Unknown task: it does not exist, or it has expired');
  }
  const decision = await access.decide(found.rule);
  audit?.decided(method, auditedTool(found.task, parts), decision);
  if (decision.refusal) throwProtocolFailure(new AccessRefusedError(decision.refusal));
  return found.task;
}

function invalid(message: string): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.InvalidParams, message);
}

import { ProtocolError, ProtocolErrorCode, type ServerContext } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { AccessRefusedError } from '../../access/access.errors.js';
import { throwProtocolFailure } from '../invocation/handler-failure.js';
import type { CatalogServer } from './catalog-server.js';
import { exchangeOf } from '../invocation/mcp-exchange.js';
import { toDetailedTask, type StoredTask } from '../tasks/stored-task.js';
import { auditedTool, withRule } from '../tasks/task-admission.js';
import { TASKS_EXTENSION, tasksRequired, understandsTasks } from '../tasks/tasks-extension.js';

/** `tasks/get`, `tasks/update` and `tasks/cancel`. */
export function serveTasks(catalogServer: CatalogServer): void {
  const { server, parts } = catalogServer;
  const { catalog, options, tasks } = parts;
  if (!options.dynamic && !catalog.tools.all.some(({ task }) => task)) return;
  server.registerCapabilities({ extensions: { [TASKS_EXTENSION]: {} } });

  server.setRequestHandler('tasks/get', OF_A_TASK, async ({ taskId }, serving) =>
    toDetailedTask(await taskOf(catalogServer, taskId, serving)),
  );

  server.setRequestHandler('tasks/update', OF_A_TASK, async ({ taskId }, serving) => {
    const task = await taskOf(catalogServer, taskId, serving);
    const { inputResponses, droppedInputResponseKeys } = serving.mcpReq;
    if (!inputResponses) throw invalid('Invalid params: inputResponses is missing');
    const dropped = (droppedInputResponseKeys ?? []).map((key) => [key, undefined] as const);
    await tasks.update(task, { ...inputResponses, ...Object.fromEntries(dropped) });
    return {};
  });

  server.setRequestHandler('tasks/cancel', OF_A_TASK, async ({ taskId }, serving) => {
    await tasks.cancel(await taskOf(catalogServer, taskId, serving));
    return {};
  });
}

const OF_A_TASK = { params: z.looseObject({ taskId: z.string().max(200) }) };

/**
 * The task of a caller who may still use its tool.
 *
 * @throws {ProtocolError} -32021 the client does not understand tasks; -32602 it has no such task;
 *   -32603 the store does not answer
 */
async function taskOf(
  catalogServer: CatalogServer,
  taskId: string,
  serving: ServerContext,
): Promise<StoredTask> {
  if (!understandsTasks(serving)) throw tasksRequired();
  const { parts } = catalogServer;
  const { principal, access, audit } = exchangeOf(serving.http?.authInfo);
  const { method } = serving.mcpReq;
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

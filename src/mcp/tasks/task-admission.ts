import { ProtocolError } from '@modelcontextprotocol/server';
import type { AccessRule } from '../../access/access-rule.js';
import { AccessRefusedError } from '../../access/access.errors.js';
import type { Decision } from '../../access/refusal.js';
import type { AuditEntry } from '../../audit/audit-event.js';
import { isJsonObject } from '../../request/json-object.js';
import { auditEntryOf } from '../catalog/audited-run.js';
import type { McpCatalog } from '../catalog/mcp-catalog.js';
import { throwProtocolFailure } from '../invocation/handler-failure.js';
import type { McpExchange } from '../invocation/mcp-exchange.js';
import type { McpRefusals } from '../invocation/refusals.js';
import type { McpReading } from '../protocol/read-messages.js';
import type { McpTasks } from './mcp-tasks.js';
import type { StoredTask } from './stored-task.js';
import { storeUnavailable } from './task-store.js';
import { namesTasks } from './tasks-extension.js';

/** The services that decide on requests about tasks. */
interface TaskParts {
  readonly catalog: McpCatalog;
  readonly tasks: McpTasks;
  readonly refusals: McpRefusals;
  /** Path of the endpoint, without leading and trailing slashes. */
  readonly path: string;
}

/** A task and the access rule of its tool. */
export interface RuledTask {
  readonly task: StoredTask;
  readonly rule: AccessRule;
}

/** The tasks that a client listens to. */
export interface WatchedTasks {
  readonly subscriptionId: string | number;
  /** Whether the client supports the tasks extension. */
  readonly isSupported: boolean;
  readonly tasks: readonly RuledTask[];
}

/** The decision on a request about tasks: a refusal, or the tasks to watch. */
interface TaskAdmission {
  readonly refused?: Response;
  readonly watched?: WatchedTasks;
}

/**
 * Decides on a request about tasks by the rules of their tools, before the first byte: a client
 * signs in or asks for more scopes because of the HTTP status. Tasks that the caller does not own
 * are ignored.
 */
export async function admitToTasks(
  exchange: McpExchange,
  parts: TaskParts,
): Promise<TaskAdmission> {
  const asked = tasksIn(exchange.reading);
  if (!asked) return admitToStart(exchange, parts);
  const { method, id, ids, isSupported, isListener } = asked;
  const found = isSupported
    ? await getAll(ids, isListener ? 'tryGet' : 'get', exchange, parts)
    : [];
  if (found instanceof ProtocolError) return { refused: unavailable(id, found) };
  const tasks = found.flatMap((task) => (task && withRule(task, parts)) ?? []);
  const decisions = await Promise.all(tasks.map(({ rule }) => exchange.access.decide(rule)));
  const refusals = decisions.map(({ refusal }) => refusal).filter((one) => one !== undefined);
  const challenge = refusals.find(({ reason }) => !WITHIN_PROTOCOL.has(reason));
  // Other requests are decided and audited in the handlers of the SDK's server.
  if (isListener || challenge) audit(method, tasks, decisions, exchange, parts);
  if (challenge) {
    const { refusals, path } = parts;
    const { status, headers, body: answer } = refusals.answer(challenge, path, exchange.request);
    return { refused: Response.json(answer, { status, headers }) };
  }
  if (!isListener) return NOTHING;
  const [refusal] = refusals;
  if (refusal) return { refused: Response.json(errorOf(id, new AccessRefusedError(refusal))) };
  return { watched: { subscriptionId: id, isSupported, tasks } };
}

/** Refuses a call that becomes a task at once, while tasks cannot be stored: nothing has run yet. */
function admitToStart({ reading }: McpExchange, { tasks, catalog }: TaskParts): TaskAdmission {
  if (tasks.isAvailable || reading.isBatch) return NOTHING;
  const [{ method, id, params, meta } = {}] = reading.messages;
  const name = method === 'tools/call' && params?.['name'];
  if (typeof name !== 'string' || id === undefined || !namesTasks(meta)) return NOTHING;
  const task = catalog.tools.get(name)?.task;
  if (!task || task.starts === 'by-handler') return NOTHING;
  return { refused: unavailable(id, storeUnavailable()) };
}

function unavailable(id: string | number, error: ProtocolError): Response {
  return Response.json(errorOf(id, error), { status: 503, headers: { 'retry-after': '1' } });
}

/**
 * A task and the access rule of its tool, also of a removed tool. `undefined` if the rule is
 * unknown: such a task is treated as unknown.
 */
export function withRule(
  task: StoredTask,
  { catalog }: Pick<TaskParts, 'catalog'>,
): RuledTask | undefined {
  const rule = catalog.tools.ruleOf(task.tool);
  return rule && { task, rule };
}

/** @returns an error if the store does not answer */
async function getAll(
  ids: readonly string[],
  method: 'tryGet' | 'get',
  { principal }: McpExchange,
  { tasks }: TaskParts,
): Promise<readonly (StoredTask | undefined)[] | ProtocolError> {
  try {
    return await Promise.all(ids.map((id) => tasks[method](id, principal)));
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
}

/** The tool of a task in audit events. */
export function auditedTool(
  { tool: name }: StoredTask,
  { catalog }: Pick<TaskParts, 'catalog'>,
): AuditEntry {
  const tool = catalog.tools.get(name);
  return tool ? auditEntryOf('tool', tool) : { kind: 'tool', name };
}

const NOTHING: TaskAdmission = {};

/** No HTTP status helps the client with these: the answer says why. */
const WITHIN_PROTOCOL: ReadonlySet<string> = new Set(['forbidden', 'reverification']);

interface AskedTasks {
  readonly method: string;
  readonly id: string | number;
  readonly ids: readonly string[];
  readonly isSupported: boolean;
  readonly isListener: boolean;
}

/** The tasks that a request names; `undefined` if it is not about tasks. */
function tasksIn({ messages: [message], isBatch }: McpReading): AskedTasks | undefined {
  const { method, id, traits, params, meta } = message ?? {};
  if (isBatch || method === undefined || id === undefined || !params) return undefined;
  const asked = { method, id, isSupported: namesTasks(meta) };
  if (traits?.ofTask) {
    const { taskId } = params;
    return { ...asked, ids: typeof taskId === 'string' ? [taskId] : [], isListener: false };
  }
  if (!traits?.opensStream) return undefined;
  const { notifications } = params;
  const wanted = isJsonObject(notifications) ? notifications['taskIds'] : undefined;
  if (!Array.isArray(wanted)) return undefined;
  const ids = new Set(wanted.filter((one) => typeof one === 'string'));
  return { ...asked, ids: [...ids], isListener: true };
}

function audit(
  method: string,
  tasks: readonly RuledTask[],
  decisions: readonly Decision[],
  { audit: exchangeAudit }: McpExchange,
  parts: TaskParts,
): void {
  tasks.forEach(({ task }, index) => {
    const decision = decisions[index];
    if (decision) exchangeAudit?.decided(method, auditedTool(task, parts), decision);
  });
}

/** The JSON-RPC error for a refusal, the same as `tasks/get` answers. */
function errorOf(id: string | number, refused: AccessRefusedError | ProtocolError): object {
  try {
    return throwProtocolFailure(refused);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { jsonrpc: '2.0', id, error: { code: error.code, message: error.message } };
  }
}

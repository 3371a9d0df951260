import type { McpReading } from '../protocol/read-messages.js';
import { ProtocolError } from '@modelcontextprotocol/server';
import { AccessRefusedError } from '../../access/access.errors.js';
import type { AuditEntry } from '../../audit/audit-event.js';
import type { AccessRule } from '../../access/access-rule.js';
import type { Decision } from '../../access/refusal.js';
import { auditEntryOf } from '../catalog/audited-run.js';
import { throwProtocolFailure } from '../invocation/handler-failure.js';
import type { McpExchange } from '../invocation/mcp-exchange.js';
import { isJsonObject } from '../../request/json-object.js';
import type { McpCatalog } from '../catalog/mcp-catalog.js';
import type { McpRefusals } from '../invocation/refusals.js';
import type { McpTasks } from './mcp-tasks.js';
import type { StoredTask } from './stored-task.js';
import { namesTasks } from './tasks-extension.js';

/** What decides on requests about tasks. */
export interface TaskParts {
  readonly catalog: McpCatalog;
  readonly tasks: McpTasks;
  readonly refusals: McpRefusals;
  /** Of the endpoint, without slashes at its ends. */
  readonly path: string;
}

/** A task with the rule of its tool. */
export interface RuledTask {
  readonly task: StoredTask;
  readonly rule: AccessRule;
}

/** The tasks that a client listens to. */
export interface WatchedTasks {
  readonly subscriptionId: string | number;
  /** Whether the client names the extension of tasks. */
  readonly isUnderstood: boolean;
  readonly tasks: readonly RuledTask[];
}

/** What becomes of a request about tasks: an answer at once, or the tasks to listen to. */
export interface TaskAdmission {
  readonly refused?: Response;
  readonly watched?: WatchedTasks;
}

/**
 * Decides on a request about tasks by the rules of their tools, before the first byte: HTTP status is
 * what makes a client sign in or ask for more scopes. Tasks that are unknown to the caller have no rule.
 */
export async function admitToTasks(
  exchange: McpExchange,
  parts: TaskParts,
): Promise<TaskAdmission> {
  const asked = tasksIn(exchange.reading);
  if (!asked) return NOTHING;
  const { method, id, ids, isUnderstood, isListener } = asked;
  const found = isUnderstood
    ? await findAll(ids, isListener ? 'find' : 'get', exchange, parts)
    : [];
  if (found instanceof ProtocolError) return { refused: Response.json(errorOf(id, found)) };
  const tasks = found.flatMap((task) => (task && withRule(task, parts)) ?? []);
  const decisions = await Promise.all(tasks.map(({ rule }) => exchange.access.decide(rule)));
  const refusals = decisions.map(({ refusal }) => refusal).filter((one) => one !== undefined);
  const challenge = refusals.find(({ reason }) => !WITHIN_PROTOCOL.has(reason));
  // Whoever is not challenged is decided on, and recorded, where the SDK hands the request on.
  if (isListener || challenge) audit(method, tasks, decisions, exchange, parts);
  if (challenge) {
    const { status, headers, body: answer } = parts.refusals.answer(challenge, parts.path);
    return { refused: Response.json(answer, { status, headers }) };
  }
  if (!isListener) return NOTHING;
  const [refusal] = refusals;
  if (refusal) return { refused: Response.json(errorOf(id, new AccessRefusedError(refusal))) };
  return { watched: { subscriptionId: id, isUnderstood, tasks } };
}

/**
 * A task with the rule of its tool. A tool that was taken away leaves its rule; where nobody knows the
 * rule, nobody knows the task.
 */
export function withRule(
  task: StoredTask,
  { catalog }: Pick<TaskParts, 'catalog'>,
): RuledTask | undefined {
  const rule = catalog.tools.ruleOf(task.tool);
  return rule && { task, rule };
}

/** @returns an error where the store cannot say whether there is a task that a client asks for */
async function findAll(
  ids: readonly string[],
  how: 'find' | 'get',
  { principal }: McpExchange,
  { tasks }: TaskParts,
): Promise<readonly (StoredTask | undefined)[] | ProtocolError> {
  try {
    return await Promise.all(ids.map((id) => tasks[how](id, principal)));
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
}

/** How the tool of a task is named in audit events. */
export function auditedTool(
  { tool: name }: StoredTask,
  { catalog }: Pick<TaskParts, 'catalog'>,
): AuditEntry {
  const tool = catalog.tools.get(name);
  return tool ? auditEntryOf('tool', tool) : { kind: 'tool', name };
}

const NOTHING: TaskAdmission = {};

/** What no HTTP status cures: the caller reads of it in the answer. */
const WITHIN_PROTOCOL: ReadonlySet<string> = new Set(['forbidden', 'reverification']);

interface AskedTasks {
  readonly method: string;
  readonly id: string | number;
  readonly ids: readonly string[];
  readonly isUnderstood: boolean;
  readonly isListener: boolean;
}

/** The tasks that a request is about; `undefined` for one that is about none. */
function tasksIn({ messages: [message], isBatch }: McpReading): AskedTasks | undefined {
  const { method, id, traits, params, meta } = message ?? {};
  if (isBatch || method === undefined || id === undefined || !params) return undefined;
  const asked = { method, id, isUnderstood: namesTasks(meta) };
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

/** The error with which `tasks/get` refuses. */
function errorOf(id: string | number, refused: AccessRefusedError | ProtocolError): object {
  try {
    return throwProtocolFailure(refused);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { jsonrpc: '2.0', id, error: { code: error.code, message: error.message } };
  }
}

import { SUBSCRIPTION_ID_META_KEY } from '@modelcontextprotocol/server';
import type { AccessRule } from '../../access/access-rule.js';
import type { RequestAccess } from '../../access/request-access.js';
import { andThen, type MaybePromise } from '../../request/value-or-promise.js';
import type { McpTasks } from './mcp-tasks.js';
import { isSettled, toDetailedTask, type StoredTask } from './stored-task.js';
import { isJsonObject } from '../../request/json-object.js';
import type { RuledTask, WatchedTasks } from './task-admission.js';
import { tasksRequired } from './tasks-extension.js';

/** Who listens, and what tells of tasks. */
export interface TaskListening {
  readonly tasks: McpTasks;
  /** By which the subscription was admitted. */
  readonly access: RequestAccess;
}

/**
 * Adds `notifications/tasks` to a `subscriptions/listen` stream. The SDK answers such a request without
 * looking at `taskIds`, so that they are woven into the stream it makes.
 *
 * @param answer of the SDK to the request
 * @param signal aborts when the client goes away
 */
export async function withTaskStatus(
  answer: Response,
  { subscriptionId, isUnderstood, tasks: admitted }: WatchedTasks,
  listening: TaskListening,
  signal: AbortSignal,
): Promise<Response> {
  const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream');
  if (!isStream || !answer.body) return answer;
  if (!isUnderstood) {
    await answer.body.cancel();
    const { code, message, data } = tasksRequired();
    const error = { jsonrpc: '2.0', id: subscriptionId, error: { code, message, data } };
    return Response.json(error, { status: 400 });
  }
  const watched = admitted.filter(({ task }) => listening.tasks.canTellOf(task));
  const stream = new TaskStatusStream(answer.body, subscriptionId, listening, watched);
  signal.addEventListener('abort', () => stream.end(), { once: true });
  if (signal.aborted) stream.end();
  return new Response(stream.readable, { status: answer.status, headers: answer.headers });
}

const KEEP_ALIVE_MS = 15_000;
/** Bytes that wait for a client that does not read; what becomes of tasks meanwhile is told later. */
const HIGH_WATER_MARK = 65_536;

/** The stream of the SDK, with the changes of some tasks between its frames. */
class TaskStatusStream {
  readonly readable: ReadableStream<Uint8Array>;
  private readonly encoder = new TextEncoder();
  private readonly source: ReadableStreamDefaultReader<string>;
  private readonly watches = new Map<string, () => void>();
  private readonly rules: ReadonlyMap<string, AccessRule>;
  /** The latest state of each task that is not told yet. */
  private readonly untold = new Map<string, StoredTask>();
  /** What decides on the states that are told in one go; on the first ones, the subscription. */
  private round: RequestAccess | undefined;
  private hasDecided = false;
  /** Tasks that have changed since: what was found before is out of date. */
  private readonly changed = new Set<string>();
  private isDeciding = false;
  private controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  private keepAlive: NodeJS.Timeout | undefined;
  /** The last frame of the SDK, kept back while there is a task to tell of. */
  private farewell = '';

  constructor(
    body: ReadableStream<Uint8Array>,
    private readonly subscriptionId: string | number,
    private readonly listening: TaskListening,
    watched: readonly RuledTask[],
  ) {
    this.rules = new Map(watched.map(({ task, rule }) => [task.id, rule]));
    this.source = body.pipeThrough(new TextDecoderStream()).getReader();
    this.round = listening.access;
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.controller = controller;
          void this.pump().catch(() => this.end());
        },
        pull: () => this.deliver(),
        cancel: () => this.release(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: HIGH_WATER_MARK }),
    );
  }

  /** Frames of the SDK come whole, the acknowledgement first. */
  private async pump(): Promise<void> {
    let rest = '';
    let acknowledged: object | undefined;
    for (;;) {
      const { done, value } = await this.source.read();
      if (done) break;
      const frames = (rest + value).split('\n\n');
      rest = frames.pop() ?? '';
      for (const frame of frames) {
        if (!acknowledged) acknowledged = this.acknowledge(frame);
        else if (frame.includes('"result"') && hasResult(frame)) this.farewell = frame;
        else this.write(frame);
      }
    }
    // Without anything else to tell of, the SDK ends at once; otherwise its end is the end.
    const onlyTasks = acknowledged && Object.keys(acknowledged).length === 0;
    if (!onlyTasks || this.watches.size === 0) this.end();
    else this.keepAlive = setInterval(() => this.write(': keepalive'), KEEP_ALIVE_MS).unref();
  }

  /** @returns what the SDK itself will tell of */
  private acknowledge(frame: string): object {
    const message = JSON.parse(dataOf(frame));
    const { notifications } = message.params;
    const taskIds = [...this.rules.keys()];
    message.params.notifications = { ...notifications, taskIds };
    this.write(`event: message\ndata: ${JSON.stringify(message)}`);
    for (const id of taskIds) {
      this.watches.set(
        id,
        this.listening.tasks.watch(id, (changed) => this.tell(changed)),
      );
    }
    void this.tellNow(taskIds).catch(() => this.end());
    return notifications;
  }

  /** Tasks may have changed before anybody listened. */
  private async tellNow(ids: readonly string[]): Promise<void> {
    const { tasks, access } = this.listening;
    const found = await Promise.all(ids.map((id) => tasks.find(id, access.principal)));
    found.forEach((task, index) => {
      if (!task) this.forget(ids[index] ?? '');
      else if (!this.changed.has(task.id)) this.untold.set(task.id, task);
    });
    this.deliver();
  }

  private tell(task: StoredTask): void {
    this.changed.add(task.id);
    this.untold.set(task.id, task);
    this.deliver();
  }

  /** One after the other, so that no state of a task overtakes a later one. */
  private deliver(): void {
    if (this.isDeciding) return;
    for (const task of this.untold.values()) {
      if (!this.controller || !((this.controller.desiredSize ?? 0) > 0)) break;
      this.untold.delete(task.id);
      const may = this.mayTell(task);
      if (may instanceof Promise) {
        this.isDeciding = true;
        void may
          .then((allowed) => this.finish(task, allowed))
          .catch(() => this.end())
          .finally(() => {
            this.isDeciding = false;
            this.deliver();
          });
        return;
      }
      this.finish(task, may);
    }
    if (this.hasDecided) this.round = undefined;
  }

  /** Decided with each change: a scope, a role, a token or a user may be gone by now. */
  private mayTell(task: StoredTask): MaybePromise<boolean> {
    const { tasks, access } = this.listening;
    const rule = this.rules.get(task.id);
    if (!rule || !tasks.belongsTo(task, access.principal)) return false;
    this.hasDecided = true;
    this.round ??= access.anew();
    return andThen(this.round.decide(rule), ({ allowed }) => allowed);
  }

  /** Whoever is refused learns why where it subscribes again. */
  private finish(task: StoredTask, isAllowed: boolean): void {
    if (!isAllowed) return this.end();
    if (!this.watches.has(task.id)) return;
    const params = {
      ...toDetailedTask(task),
      _meta: { [SUBSCRIPTION_ID_META_KEY]: this.subscriptionId },
    };
    const message = { jsonrpc: '2.0', method: 'notifications/tasks', params };
    this.write(`event: message\ndata: ${JSON.stringify(message)}`);
    if (isSettled(task)) this.forget(task.id);
  }

  private forget(id: string): void {
    this.watches.get(id)?.();
    this.watches.delete(id);
    this.untold.delete(id);
    if (this.watches.size === 0 && this.farewell) this.end();
  }

  private write(frame: string): void {
    this.controller?.enqueue(this.encoder.encode(`${frame}\n\n`));
  }

  /** Says goodbye, once. */
  end(): void {
    if (!this.controller) return;
    if (this.farewell) this.write(this.farewell);
    this.controller.close();
    this.release();
  }

  private release(): void {
    this.controller = undefined;
    clearInterval(this.keepAlive);
    for (const unwatch of this.watches.values()) unwatch();
    this.watches.clear();
    this.untold.clear();
    void this.source.cancel().catch(() => undefined);
  }
}

function hasResult(frame: string): boolean {
  const message: unknown = JSON.parse(dataOf(frame));
  return isJsonObject(message) && 'result' in message;
}

function dataOf(frame: string): string {
  return frame.slice(frame.indexOf('data: ') + 'data: '.length);
}

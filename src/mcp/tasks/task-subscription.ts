import { SUBSCRIPTION_ID_META_KEY } from '@modelcontextprotocol/server';
import type { AccessRule } from '../../access/access-rule.js';
import type { RequestAccess } from '../../access/request-access.js';
import { isJsonObject } from '../../request/json-object.js';
import { andThen, type MaybePromise } from '../../request/value-or-promise.js';
import type { McpTasks } from './mcp-tasks.js';
import { isSettled, toDetailedTask, type StoredTask } from './stored-task.js';
import type { RuledTask, WatchedTasks } from './task-admission.js';
import { tasksRequired } from './tasks-extension.js';

/** The listener of a subscription, and the tasks to watch. */
interface TaskListening {
  readonly tasks: McpTasks;
  /** The access of the subscribing request. */
  readonly access: RequestAccess;
}

/**
 * Adds `notifications/tasks` to a `subscriptions/listen` stream. The SDK ignores `taskIds`, so that
 * the notifications are inserted into its stream.
 *
 * @param answer of the SDK to the request
 * @param signal aborts when the client disconnects
 */
export async function withTaskStatus(
  answer: Response,
  { subscriptionId, isSupported, tasks: admitted }: WatchedTasks,
  listening: TaskListening,
  signal: AbortSignal,
): Promise<Response> {
  const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream');
  if (!isStream || !answer.body) return answer;
  if (!isSupported) {
    await answer.body.cancel();
    const { code, message, data } = tasksRequired();
    const error = { jsonrpc: '2.0', id: subscriptionId, error: { code, message, data } };
    return Response.json(error, { status: 400 });
  }
  const watched = admitted.filter(({ task }) => listening.tasks.canWatch(task));
  const stream = new TaskStatusStream(answer.body, subscriptionId, listening, watched);
  signal.addEventListener('abort', () => stream.end(), { once: true });
  if (signal.aborted) stream.end();
  return new Response(stream.readable, { status: answer.status, headers: answer.headers });
}

const KEEP_ALIVE_MS = 15_000;
/** Unread bytes of the client after which changes of tasks are sent later. */
const HIGH_WATER_MARK = 65_536;

/** The stream of the SDK, with notifications of task changes between its frames. */
class TaskStatusStream {
  readonly readable: ReadableStream<Uint8Array>;
  private readonly encoder = new TextEncoder();
  private readonly reader: ReadableStreamDefaultReader<string>;
  private readonly watches = new Map<string, () => void>();
  private readonly rules: ReadonlyMap<string, AccessRule>;
  /** The latest unsent state of each task. */
  private readonly unsent = new Map<string, StoredTask>();
  /**
   * Decides on the states that are sent together; on the first ones, the access of the
   * subscription.
   */
  private batchAccess: RequestAccess | undefined;
  private hasDecided = false;
  /** Tasks that have changed since the subscription: states that were read before are outdated. */
  private readonly changed = new Set<string>();
  private isDeciding = false;
  private controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  private keepAlive: NodeJS.Timeout | undefined;
  /** The last frame of the SDK, delayed while tasks are watched. */
  private lastFrame = '';

  constructor(
    body: ReadableStream<Uint8Array>,
    private readonly subscriptionId: string | number,
    private readonly listening: TaskListening,
    watched: readonly RuledTask[],
  ) {
    this.rules = new Map(watched.map(({ task, rule }) => [task.id, rule]));
    this.reader = body.pipeThrough(new TextDecoderStream()).getReader();
    this.batchAccess = listening.access;
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

  /** Forwards the frames of the SDK. The first one is the acknowledgement. */
  private async pump(): Promise<void> {
    let rest = '';
    let acknowledged: object | undefined;
    for (;;) {
      const { done, value } = await this.reader.read();
      if (done) break;
      const frames = (rest + value).split('\n\n');
      rest = frames.pop() ?? '';
      for (const frame of frames) {
        if (!acknowledged) acknowledged = this.acknowledge(frame);
        else if (frame.includes('"result"') && hasResult(frame)) this.lastFrame = frame;
        else this.write(frame);
      }
    }
    // If only tasks are watched, the SDK ends its stream at once; otherwise its end ends this
    // stream.
    const onlyTasks = acknowledged && Object.keys(acknowledged).length === 0;
    if (!onlyTasks || this.watches.size === 0) this.end();
    else this.keepAlive = setInterval(() => this.write(': keepalive'), KEEP_ALIVE_MS).unref();
  }

  /** @returns the notifications that the SDK itself will send */
  private acknowledge(frame: string): object {
    const message = JSON.parse(dataOf(frame));
    const { notifications } = message.params;
    const taskIds = [...this.rules.keys()];
    message.params.notifications = { ...notifications, taskIds };
    this.write(`event: message\ndata: ${JSON.stringify(message)}`);
    for (const id of taskIds) {
      this.watches.set(
        id,
        this.listening.tasks.watch(id, (changed) => this.sendChange(changed)),
      );
    }
    void this.sendCurrent(taskIds).catch(() => this.end());
    return notifications;
  }

  /** Sends the current states, since tasks may have changed before the subscription. */
  private async sendCurrent(ids: readonly string[]): Promise<void> {
    const { tasks, access } = this.listening;
    const found = await Promise.all(ids.map((id) => tasks.getWatched(id, access.principal)));
    found.forEach((task, index) => {
      if (!task) this.unwatch(ids[index] ?? '');
      else if (!this.changed.has(task.id)) this.unsent.set(task.id, task);
    });
    this.deliver();
  }

  private sendChange(task: StoredTask): void {
    this.changed.add(task.id);
    this.unsent.set(task.id, task);
    this.deliver();
  }

  /** Sends the states one after the other, so that they stay in order. */
  private deliver(): void {
    if (this.isDeciding) return;
    for (const task of this.unsent.values()) {
      if (!this.controller || !((this.controller.desiredSize ?? 0) > 0)) break;
      this.unsent.delete(task.id);
      const isAllowed = this.mayReceive(task);
      if (isAllowed instanceof Promise) {
        this.isDeciding = true;
        void isAllowed
          .then((allowed) => this.send(task, allowed))
          .catch(() => this.end())
          .finally(() => {
            this.isDeciding = false;
            this.deliver();
          });
        return;
      }
      this.send(task, isAllowed);
    }
    if (this.hasDecided) this.batchAccess = undefined;
  }

  /** Decided for each change: scopes, roles, the token or the user may have been revoked. */
  private mayReceive(task: StoredTask): MaybePromise<boolean> {
    const { tasks, access } = this.listening;
    const rule = this.rules.get(task.id);
    if (!rule || !tasks.belongsTo(task, access.principal)) return false;
    this.hasDecided = true;
    this.batchAccess ??= access.anew();
    return andThen(this.batchAccess.decide(rule), ({ allowed }) => allowed);
  }

  /** Ends the stream for a refused caller: the answer to its next subscription says why. */
  private send(task: StoredTask, isAllowed: boolean): void {
    if (!isAllowed) return this.end();
    if (!this.watches.has(task.id)) return;
    const params = {
      ...toDetailedTask(task),
      _meta: { [SUBSCRIPTION_ID_META_KEY]: this.subscriptionId },
    };
    const message = { jsonrpc: '2.0', method: 'notifications/tasks', params };
    this.write(`event: message\ndata: ${JSON.stringify(message)}`);
    if (isSettled(task)) this.unwatch(task.id);
  }

  private unwatch(id: string): void {
    this.watches.get(id)?.();
    this.watches.delete(id);
    this.unsent.delete(id);
    if (this.watches.size === 0 && this.lastFrame) this.end();
  }

  private write(frame: string): void {
    this.controller?.enqueue(this.encoder.encode(`${frame}\n\n`));
  }

  /** Ends the stream with the last frame of the SDK. */
  end(): void {
    if (!this.controller) return;
    if (this.lastFrame) this.write(this.lastFrame);
    this.controller.close();
    this.release();
  }

  private release(): void {
    this.controller = undefined;
    clearInterval(this.keepAlive);
    for (const unwatch of this.watches.values()) unwatch();
    this.watches.clear();
    this.unsent.clear();
    void this.reader.cancel().catch(() => undefined);
  }
}

function hasResult(frame: string): boolean {
  const message: unknown = JSON.parse(dataOf(frame));
  return isJsonObject(message) && 'result' in message;
}

function dataOf(frame: string): string {
  return frame.slice(frame.indexOf('data: ') + 'data: '.length);
}

import { SUBSCRIPTION_ID_META_KEY } from '@modelcontextprotocol/server';
import type { Principal } from '../../access/principal.js';
import type { McpTasks } from './mcp-tasks.js';
import { isSettled, toDetailedTask, type StoredTask } from './stored-task.js';
import { isJsonObject } from '../json-object.js';
import { namesTasks, tasksRequired } from './tasks-extension.js';

/**
 * Adds `notifications/tasks` to a `subscriptions/listen` stream. The SDK answers such a request without
 * looking at `taskIds`, so that they are woven into the stream it makes.
 *
 * @param answer of the SDK to the request
 * @param signal aborts when the client goes away
 */
export async function withTaskStatus(
  answer: Response,
  body: unknown,
  caller: Principal | undefined,
  tasks: McpTasks,
  signal: AbortSignal,
): Promise<Response> {
  const ids = watchedTasks(body);
  const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream');
  if (!ids || !isStream || !answer.body) return answer;
  const { id, params } = body as ListenRequest; // The SDK has answered it with a stream.
  if (!namesTasks(params._meta)) {
    await answer.body.cancel();
    const { code, message, data } = tasksRequired();
    return Response.json({ jsonrpc: '2.0', id, error: { code, message, data } }, { status: 400 });
  }
  const found = await Promise.all(ids.map((taskId) => tasks.find(taskId, caller)));
  const watched = found
    .filter((task) => task !== undefined)
    .filter((task) => tasks.canTellOf(task));
  const stream = new TaskStatusStream(answer.body, id, caller, tasks, watched);
  signal.addEventListener('abort', () => stream.end(), { once: true });
  if (signal.aborted) stream.end();
  return new Response(stream.readable, { status: answer.status, headers: answer.headers });
}

/** Task ids of one subscription. The rest is not acknowledged, so that the client asks for them. */
const MAX_WATCHED = 100;
const KEEP_ALIVE_MS = 15_000;

interface ListenRequest {
  readonly id: string | number;
  readonly params: { readonly _meta?: unknown };
}

/** The tasks that a message wants to hear of; `undefined` for one that wants to hear of none. */
function watchedTasks(body: unknown): readonly string[] | undefined {
  if (!isJsonObject(body) || body['method'] !== 'subscriptions/listen') return undefined;
  const params = isJsonObject(body['params']) ? body['params'] : {};
  const wanted = isJsonObject(params['notifications'])
    ? params['notifications']['taskIds']
    : undefined;
  if (!Array.isArray(wanted)) return undefined;
  return [...new Set(wanted.filter((id) => typeof id === 'string'))].slice(0, MAX_WATCHED);
}

/** The stream of the SDK, with the changes of some tasks between its frames. */
class TaskStatusStream {
  readonly readable: ReadableStream<Uint8Array>;
  private readonly encoder = new TextEncoder();
  private readonly source: ReadableStreamDefaultReader<string>;
  private readonly watches = new Map<string, () => void>();
  private controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  private keepAlive: NodeJS.Timeout | undefined;
  /** The last frame of the SDK, kept back while there is a task to tell of. */
  private farewell = '';

  constructor(
    body: ReadableStream<Uint8Array>,
    private readonly subscriptionId: string | number,
    private readonly caller: Principal | undefined,
    private readonly tasks: McpTasks,
    private readonly watched: readonly StoredTask[],
  ) {
    this.source = body.pipeThrough(new TextDecoderStream()).getReader();
    this.readable = new ReadableStream({
      start: (controller) => {
        this.controller = controller;
        void this.pump().catch(() => this.end());
      },
      cancel: () => this.release(),
    });
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
    const taskIds = this.watched.map(({ id }) => id);
    message.params.notifications = { ...notifications, taskIds };
    this.write(`event: message\ndata: ${JSON.stringify(message)}`);
    for (const task of this.watched) {
      this.watches.set(
        task.id,
        this.tasks.watch(task.id, (changed) => this.tell(changed)),
      );
    }
    for (const { id } of this.watched) void this.tellNow(id);
    return notifications;
  }

  /** A task may have changed before anybody listened. */
  private async tellNow(id: string): Promise<void> {
    const task = await this.tasks.find(id, this.caller);
    if (!task) this.forget(id);
    else if (this.watches.has(id)) this.tell(task);
  }

  private tell(task: StoredTask): void {
    if (!this.tasks.belongsTo(task, this.caller)) return this.end();
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

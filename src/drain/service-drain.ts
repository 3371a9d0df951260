import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Global, Inject, Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Socket } from 'node:net';

/** A wait that can be cancelled. */
export interface Pause {
  readonly over: Promise<void>;
  cancel(): void;
}

/** Injection token of the function that waits, so that tests can control the time. */
export const DRAIN_PAUSE = Symbol('DRAIN_PAUSE');

/** Waits with a Node.js timer. */
export function pause(milliseconds: number): Pause {
  let cancel = (): void => undefined;
  const over = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    cancel = () => clearTimeout(timer);
  });
  return { over, cancel: () => cancel() };
}

/** Durations of a drain, in milliseconds. */
export interface DrainOptions {
  /**
   * How long requests are still served, so that a load balancer notices that this node is not ready any
   * more and sends them to other nodes. Default: 5,000.
   */
  readonly drainMs?: number;
  /**
   * How long the whole drain may take; requests that still run are then left to `app.close()`. Default:
   * `drainMs` + 20,000, or 0 if `drainMs` is 0.
   */
  readonly shutdownMs?: number;
}

/**
 * Drains the HTTP server of the application before `app.close()`, so that no call is lost. From the start
 * of a drain, `GET /health/ready` answers 503, and every response closes its connection. Requests are still
 * served for `drainMs`. Then the streams of the MCP endpoints end, new calls are refused with 503, and the
 * running requests may take until `shutdownMs`.
 *
 * An application that imports `HealthModule` and calls `app.enableShutdownHooks()` drains automatically on
 * `SIGTERM` and `SIGINT`.
 *
 * @example
 * ```ts
 * await app.get(ServiceDrain).drain();
 * await app.close();
 * ```
 */
@Injectable()
export class ServiceDrain implements OnModuleInit {
  private readonly open = new Set<ServerResponse>();
  private readonly queued = new QueuedResponses();
  private readonly endings = new Set<() => unknown>();
  private drained: Promise<void> | undefined;
  private wake: () => void = () => undefined;

  constructor(
    private readonly adapters: HttpAdapterHost,
    @Inject(DRAIN_PAUSE) private readonly pause: (milliseconds: number) => Pause,
  ) {}

  /** Whether a drain has begun. New requests should go to other nodes. */
  get isDraining(): boolean {
    return this.drained !== undefined;
  }

  /** Number of requests that are not fully answered, including open streams. */
  get openRequests(): number {
    return this.open.size;
  }

  /**
   * Drains once: a second call returns the same promise and ignores its options. Resolves when
   * `app.close()` may be called. Never rejects.
   */
  drain(options: DrainOptions = {}): Promise<void> {
    const { drainMs = 5_000 } = options;
    const { shutdownMs = drainMs > 0 ? drainMs + AFTER_DRAIN_MS : 0 } = options;
    this.drained ??= this.run(drainMs, Math.max(shutdownMs, drainMs));
    return this.drained;
  }

  /** Registers a callback that ends streams and refuses new calls. It is called after `drainMs`. */
  onEnd(end: () => unknown): void {
    this.endings.add(end);
  }

  onModuleInit(): void {
    const adapter: HttpAdapterHost['httpAdapter'] | null | undefined = this.adapters.httpAdapter;
    // The application may serve no HTTP.
    if (!adapter?.getType()) return;
    const server: Server = adapter.getHttpServer();
    const { open, queued } = this;
    // One function for all responses, because this code runs for each request.
    const forget = function (this: ServerResponse): void {
      open.delete(this);
      if (open.size === 0) wake();
    };
    const wake = (): void => this.wake();
    server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
      queued.track(request, response);
      open.add(response);
      // Not `once()`, which creates a wrapper: the event comes once.
      response.on('close', forget);
      if (this.drained) closeAfter(response);
    });
  }

  private async run(drainMs: number, shutdownMs: number): Promise<void> {
    for (const response of this.open) closeAfter(response);
    await this.pause(drainMs).over;
    await Promise.allSettled([...this.endings].map(async (end) => end()));
    const limit = this.pause(shutdownMs - drainMs);
    await Promise.race([this.quiet(), limit.over]);
    limit.cancel();
  }

  /** Resolves when no request is open. */
  private quiet(): Promise<void> {
    if (this.open.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }
}

/** Provides one {@link ServiceDrain} to all modules of the application. */
@Global()
@Module({
  providers: [{ provide: DRAIN_PAUSE, useValue: pause }, ServiceDrain],
  exports: [ServiceDrain],
})
export class DrainModule {}

/** How long requests that run may take after the drain by default, in milliseconds. */
export const AFTER_DRAIN_MS = 20_000;

/** Tells the client that the connection closes after this response. HTTP/2 has no such header. */
function closeAfter(response: ServerResponse): void {
  if (response.headersSent || response.req.httpVersionMajor > 1) return;
  response.setHeader('connection', 'close');
}

/**
 * Closes the responses that wait behind another one of their connection (pipelining, RFC 9112 §9.3.2)
 * when the connection closes. Node.js emits `close` only for the one that is being sent, so that listeners
 * of the others would never release what their response uses.
 */
class QueuedResponses {
  private readonly queues = new WeakMap<Socket, Set<ServerResponse>>();

  /** Must be called for each request, before its response is written. */
  track({ socket }: IncomingMessage, response: ServerResponse): void {
    // Without pipelining, the response has its socket from the start.
    if (response.socket) return;
    const queue = this.queues.get(socket) ?? this.watch(socket);
    queue.add(response);
    response.once('socket', () => queue.delete(response));
  }

  private watch(socket: Socket): Set<ServerResponse> {
    const queue = new Set<ServerResponse>();
    this.queues.set(socket, queue);
    socket.once('close', () => {
      for (const response of queue) {
        response.destroy();
        response.emit('close');
      }
    });
    return queue;
  }
}

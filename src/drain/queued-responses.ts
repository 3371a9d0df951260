import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Closes the responses that wait behind another one of their connection (pipelining, RFC 9112 §9.3.2)
 * when the connection closes. Node closes only the one that is being sent: whoever waits for `close` of
 * another one would wait for ever, and never give back what that response takes.
 */
export class QueuedResponses {
  private readonly queues = new WeakMap<Socket, Set<ServerResponse>>();

  /** To be called with each request, before anything of it is answered. */
  track({ socket }: IncomingMessage, response: ServerResponse): void {
    // Without pipelining, the response has its connection from the start.
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

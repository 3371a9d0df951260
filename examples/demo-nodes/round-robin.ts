import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

/**
 * A load balancer as small as it can be: it sends each request to the next node that is ready, over
 * connections that it keeps, and looks at `/health/ready` of each node without a pause. It never tries a
 * request twice. The header {@link SERVED_BY} of an answer tells which node gave it.
 */
export class RoundRobin {
  /** Nodes that get requests now, by their origin. */
  readonly ready = new Set<string>();
  private readonly agent = new Agent({ keepAlive: true });
  private readonly server = createServer((incoming, answer) => this.forward(incoming, answer));
  private readonly running = new Map<string, number>();
  private turn = 0;
  private isOpen = true;
  private readonly watches: readonly Promise<void>[];

  constructor(nodes: readonly string[]) {
    this.watches = nodes.map((node) => this.watch(node));
  }

  async listen(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.isOpen = false;
    await Promise.all(this.watches);
    this.agent.destroy();
    this.server.closeAllConnections();
    this.server.close();
  }

  /** Resolves when a node gets requests, or gets none any more and has answered those that it got. */
  async until(node: string, state: 'in' | 'out'): Promise<void> {
    while (this.ready.has(node) !== (state === 'in')) await pause();
    if (state === 'in') return;
    while ((this.running.get(node) ?? 0) > 0) await pause();
  }

  private async watch(node: string): Promise<void> {
    while (this.isOpen) {
      const isReady = await fetch(`${node}/health/ready`).then(
        ({ status }) => status === 200,
        () => false,
      );
      if (isReady) this.ready.add(node);
      else this.ready.delete(node);
      await pause();
    }
  }

  private forward(incoming: IncomingMessage, answer: ServerResponse): void {
    const nodes = [...this.ready];
    const node = nodes[(this.turn += 1) % nodes.length];
    if (node === undefined) return void answer.writeHead(502).end();
    this.running.set(node, (this.running.get(node) ?? 0) + 1);
    answer.once('close', () => this.running.set(node, (this.running.get(node) ?? 0) - 1));
    const { hostname, port } = new URL(node);
    const { method, url: path, headers } = incoming;
    const outgoing = request({ hostname, port, method, path, headers, agent: this.agent });
    outgoing.on('response', (response) => {
      const { connection: _connection, ...passed } = response.headers;
      answer.writeHead(response.statusCode ?? 502, { ...passed, [SERVED_BY]: node });
      // Node holds the head of a stream back until its first byte.
      answer.flushHeaders();
      // A node that dies cuts what it was sending.
      pipeline(response, answer, () => undefined);
    });
    outgoing.on('error', () => {
      if (!answer.headersSent) answer.writeHead(502).end();
    });
    incoming.pipe(outgoing);
  }
}

/** Name of the header with the origin of the node that answered. */
export const SERVED_BY = 'x-served-by';

const pause = () => new Promise((resolve) => setTimeout(resolve, 5));

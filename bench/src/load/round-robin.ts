import { Connection, type HttpAnswer, type Lane } from './connection.js';

/** Sends each request to the next node, as a load balancer without affinity does. */
export class RoundRobin implements Lane {
  /** A connection that was closed is opened anew. */
  readonly isOpen = true;
  private readonly connections: Connection[];

  private constructor(
    private readonly urls: readonly URL[],
    connections: readonly Connection[],
    private next: number,
  ) {
    this.connections = [...connections];
  }

  /** @param first index of the node that gets the first request; beyond the last one it starts over */
  static async open(urls: readonly URL[], first: number): Promise<RoundRobin> {
    const connections = await Promise.all(urls.map((url) => Connection.open(url)));
    return new RoundRobin(urls, connections, first % urls.length);
  }

  async exchange(request: Buffer): Promise<HttpAnswer> {
    const at = this.next;
    this.next = (at + 1) % this.urls.length;
    let connection = this.connections[at];
    if (!connection?.isOpen) {
      connection = await Connection.open(this.urls[at] ?? new URL(''));
      this.connections[at] = connection;
    }
    return connection.exchange(request);
  }

  close(): void {
    for (const connection of this.connections) connection.close();
  }
}

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A server on a free port, there before the application is: so the application can be told its own
 * URL while it is built.
 */
export class Doorway {
  private constructor(
    private readonly server: Server,
    /** Such as `http://127.0.0.1:49321`. */
    readonly origin: string,
  ) {}

  static async open(): Promise<Doorway> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    // A server that listens on TCP has such an address.
    const { port } = server.address() as AddressInfo;
    return new Doorway(server, `http://127.0.0.1:${port}`);
  }

  /** From now on the application answers what comes in here. */
  leadTo(inner: Server): void {
    for (const event of ['request', 'upgrade', 'checkContinue'] as const) {
      if (inner.listenerCount(event) === 0) continue;
      this.server.on(event, (...args) => inner.emit(event, ...args));
    }
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }
}

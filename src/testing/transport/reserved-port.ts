import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A server on a free port that starts before the application, so that the application can be
 * configured with its own URL.
 */
export class ReservedPort {
  private constructor(
    private readonly server: Server,
    /** For example `http://127.0.0.1:49321`. */
    readonly origin: string,
  ) {}

  static async open(): Promise<ReservedPort> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    // The address of a server that listens on TCP is an object.
    const { port } = server.address() as AddressInfo;
    return new ReservedPort(server, `http://127.0.0.1:${port}`);
  }

  /** Forwards all requests to the server of the application. */
  forwardTo(target: Server): void {
    for (const event of ['request', 'upgrade', 'checkContinue'] as const) {
      if (target.listenerCount(event) === 0) continue;
      this.server.on(event, (...args) => target.emit(event, ...args));
    }
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }
}

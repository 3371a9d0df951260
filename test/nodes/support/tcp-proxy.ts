import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What a proxy does with its connections. */
type ProxyState =
  /** Bytes pass, each piece later by `delayMs`. */
  | { readonly passes: true; readonly delayMs?: number }
  /** Connections are reset, those that are open and new ones. */
  | { readonly passes: false; readonly resets: true }
  /** Connections stay open and are accepted, and nothing passes. */
  | { readonly passes: false; readonly resets: false };

/** Between one node and Redis: a network that can fail for this node alone. */
export class TcpProxy {
  private state: ProxyState = { passes: true };
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((client) => this.accept(client));
  /** Called when bytes pass again. */
  private readonly waiting: (() => void)[] = [];

  private constructor(private readonly target: number) {}

  /** @param target port on this machine */
  static async start(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Lets bytes pass. @param delayMs of each piece, in each direction */
  pass(delayMs = 0): void {
    this.state = { passes: true, delayMs };
    for (const go of this.waiting.splice(0)) go();
  }

  /** Resets every connection, now and from now on. */
  cut(): void {
    this.state = { passes: false, resets: true };
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  /** Says nothing, in either direction. What was said meanwhile passes later. */
  stall(): void {
    this.state = { passes: false, resets: false };
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private accept(client: Socket): void {
    this.sockets.add(client);
    if (!this.state.passes && this.state.resets) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(this.target, '127.0.0.1');
    this.sockets.add(upstream);
    this.pump(client, upstream);
    this.pump(upstream, client);
  }

  private pump(from: Socket, to: Socket): void {
    from.on('error', () => undefined);
    from.on('close', () => {
      this.sockets.delete(from);
      to.destroy();
    });
    let last = Promise.resolve();
    from.on('data', (bytes) => {
      // In order, whatever the delays.
      last = last.then(() => this.write(bytes, to));
    });
  }

  private async write(bytes: Buffer, to: Socket): Promise<void> {
    if (!this.state.passes) await new Promise<void>((resolve) => this.waiting.push(resolve));
    const delayMs = this.state.passes ? (this.state.delayMs ?? 0) : 0;
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    if (!to.destroyed) to.write(bytes);
  }
}

import { request as httpRequest, type IncomingMessage, type Server, createServer } from 'node:http';
import { duplexPair, Readable, type Duplex } from 'node:stream';
import type { AddressInfo } from 'node:net';

/** Sends a request as `fetch` does, from an address of its own where that can be chosen. */
export type Fetch = (
  input: string | URL | Request,
  init?: RequestInit,
  address?: string,
) => Promise<Response>;

/**
 * A `fetch` that reaches a server which listens nowhere: each request is a connection in memory,
 * with Node's own HTTP on both ends. Redirects are answers, not followed.
 */
export function inProcessFetch(server: Server): Fetch {
  return async (input, init, address = '127.0.0.1') => {
    const request = new Request(input, init);
    const payload = request.body === null ? undefined : Buffer.from(await request.arrayBuffer());
    return toResponse(await exchange(request, payload, () => connect(server, address)));
  };
}

function exchange(
  { url, method, headers, signal }: Request,
  payload: Uint8Array | undefined,
  createConnection: () => Duplex,
): Promise<IncomingMessage> {
  const { host, pathname, search } = new URL(url);
  const options = {
    method,
    path: `${pathname}${search}`,
    headers: {
      ...Object.fromEntries(headers),
      host,
      ...(payload && { 'content-length': String(payload.byteLength) }),
    },
    createConnection,
  };
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const outgoing = httpRequest(options, resolve);
    const abort = (): void => {
      outgoing.destroy(toError(signal.reason));
    };
    signal.addEventListener('abort', abort, { once: true });
    outgoing.once('close', () => signal.removeEventListener('abort', abort));
    outgoing.once('error', reject);
    outgoing.end(payload);
  });
}

/** One end of a connection, whose other end the server has. Each closes with the other. */
function connect(server: Server, remoteAddress: string): Duplex {
  const [near, far] = duplexPair();
  near.once('close', () => far.destroy());
  far.once('close', () => near.destroy());
  for (const end of [near, far]) end.on('error', () => undefined);
  // What applications read of a socket. No local address: that of a listening server is not known.
  server.emit('connection', Object.assign(far, { remoteAddress, remotePort: 0 }));
  return near;
}

function toResponse(message: IncomingMessage): Response {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(message.headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  const { statusCode: status = 500, statusMessage: statusText = '' } = message;
  message.on('error', () => undefined);
  const body = BODILESS.has(status) ? null : Readable.toWeb(message);
  if (body === null) message.resume();
  // The web streams of Node are those of fetch; their declarations differ.
  return new Response(body as ReadableStream | null, { status, statusText, headers });
}

/** https://fetch.spec.whatwg.org/#null-body-status */
const BODILESS: ReadonlySet<number> = new Set([101, 103, 204, 205, 304]);

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

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

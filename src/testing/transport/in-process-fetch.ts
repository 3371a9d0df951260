import { request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { duplexPair, Readable, type Duplex } from 'node:stream';

/** A `fetch` with a remote address, which is ignored where it cannot be chosen. */
export type Fetch = (
  input: string | URL | Request,
  init?: RequestInit,
  address?: string,
) => Promise<Response>;

/**
 * Creates a `fetch` for a server that does not listen on a port. Each request uses a connection in
 * memory, with Node's HTTP on both ends. It does not follow redirects.
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

/** Opens a connection in memory to the server. Closing one end closes the other. */
function connect(server: Server, remoteAddress: string): Duplex {
  const [near, far] = duplexPair();
  near.once('close', () => far.destroy());
  far.once('close', () => near.destroy());
  for (const end of [near, far]) end.on('error', () => undefined);
  // Applications read these members of a socket. A server that does not listen has no local address.
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
  // Node's web streams are the streams of fetch, but their type declarations differ.
  return new Response(body as ReadableStream | null, { status, statusText, headers });
}

/** https://fetch.spec.whatwg.org/#null-body-status */
const BODILESS: ReadonlySet<number> = new Set([101, 103, 204, 205, 304]);

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

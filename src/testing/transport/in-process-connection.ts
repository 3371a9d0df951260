import { request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { duplexPair, type Duplex } from 'node:stream';
import { Server as TlsServer } from 'node:tls';

/** The server's end of a connection in memory. */
interface ServerEnd {
  /** Address of the client, if it has one. */
  readonly remoteAddress?: string | undefined;
  /** Whether the application shall see a connection over TLS. */
  readonly encrypted?: boolean;
}

/**
 * Opens a connection in memory to a server, which need not listen. Node's HTTP runs on both ends, so
 * that the server sees an ordinary request. Closing one end closes the other.
 *
 * @param prepare gets the server's end, before the server does
 */
export function connectInProcess(
  server: Server,
  end: ServerEnd,
  prepare?: (socket: object) => void,
): Duplex {
  const [near, far] = duplexPair();
  near.once('close', () => far.destroy());
  far.once('close', () => near.destroy());
  for (const side of [near, far]) side.on('error', () => undefined);
  // Applications use these members of a socket.
  Object.assign(far, { remotePort: 0, ...end }, NO_OPERATIONS);
  prepare?.(far);
  // A server of HTTPS hands over connections once their handshake is done.
  server.emit(server instanceof TlsServer ? 'secureConnection' : 'connection', far);
  return near;
}

function unchanged(this: unknown): unknown {
  return this;
}

const NO_OPERATIONS = {
  setTimeout: unchanged,
  setNoDelay: unchanged,
  setKeepAlive: unchanged,
  ref: unchanged,
  unref: unchanged,
};

/** A request over a connection in memory. */
export interface InProcessRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
  readonly signal: AbortSignal;
}

/**
 * Sends a request. An abort closes the connection, which the server notices like that of a client that
 * has gone.
 *
 * @throws the reason of the abort, or an error of Node if the server closes the connection
 */
export function exchangeInProcess(
  { method, path, headers, body, signal }: InProcessRequest,
  createConnection: () => Duplex,
): Promise<IncomingMessage> {
  const options = {
    method,
    path,
    headers: {
      ...headers,
      ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
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
    outgoing.end(body);
  });
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

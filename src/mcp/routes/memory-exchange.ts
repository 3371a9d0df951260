import { IncomingMessage, ServerResponse, type Server } from 'node:http';
import { Duplex } from 'node:stream';

/** A request in memory. */
export interface MemoryRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Asked for if the server does not answer at once: to create a signal takes as long as a short route. */
  readonly signal: () => AbortSignal;
  /** The longest body of the response, in bytes. */
  readonly maxBytes: number;
}

/** What a server has answered to it. */
export interface MemoryResponse {
  readonly status: number;
  /** The value of a header. Several values are separated by commas. */
  readonly header: (name: string) => string | undefined;
  /** `undefined` if it is longer than `maxBytes`. */
  readonly body: Buffer | undefined;
}

/** The client's end of the connection that a server is shown. */
export interface MemoryPeer {
  readonly remoteAddress?: string;
  readonly encrypted?: boolean;
}

/**
 * Hands a request to the handlers of a server, which need not listen: the request and the response are
 * those of Node's HTTP, without its parser and its client. The socket closes after the response, or with
 * an abort as when a client has gone.
 *
 * @param prepare gets the request and its socket before the server does
 * @throws the reason of the abort, or an error if the socket closes before the response has ended
 */
export function exchangeInMemory(
  server: Server,
  message: MemoryRequest,
  peer: MemoryPeer,
  prepare: (request: IncomingMessage, socket: object) => void,
): Promise<MemoryResponse> {
  const { body, maxBytes } = message;
  return new Promise((resolve, reject) => {
    const socket = new MemorySocket(peer);
    const request = requestOn(socket, message);
    const response = new ServerResponse(request);
    const answer = (written: Buffer | undefined): void => {
      resolve({
        status: response.statusCode,
        header: (name) => textOf(response.getHeader(name)),
        body: written,
      });
      socket.destroy();
    };
    const abort = (): void => {
      socket.destroy();
    };
    let signal: AbortSignal | undefined;
    const watch = setImmediate(() => {
      signal = message.signal();
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
    });
    socket.once('close', () => {
      clearImmediate(watch);
      signal?.removeEventListener('abort', abort);
      if (!response.writableFinished) {
        request.destroy(hungUp());
        reject(signal?.aborted ? toError(signal.reason) : hungUp());
      } else if (request.readableFlowing === null) {
        // No handler has read the body; the request ends only when it is read.
        request.resume();
      }
    });
    keepBody(response, maxBytes, answer);
    // From now on the response closes with the socket.
    response.assignSocket(socket as never); // It uses what a stream has.
    prepare(request, socket);
    if (body !== undefined) request.push(body);
    request.push(null);
    if (!server.emit('request', request, response)) socket.destroy();
  });
}

/** The server's end of a connection. What it sends is not read: it is taken from the response. */
class MemorySocket extends Duplex {
  readonly remotePort = 0;
  readonly remoteAddress: string | undefined;
  /** Whether the application shall see a connection over TLS. */
  readonly encrypted: boolean;

  constructor({ remoteAddress, encrypted = false }: MemoryPeer) {
    super();
    this.remoteAddress = remoteAddress;
    this.encrypted = encrypted;
  }

  override write(...args: unknown[]): boolean {
    const done = args.at(-1);
    if (typeof done === 'function') process.nextTick(done as () => void);
    return true;
  }

  override _read(): void {}

  override _destroy(_error: Error | null, done: () => void): void {
    // Without the error: nobody listens for it.
    done();
  }

  // Applications use these members of a socket as well.
  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

function requestOn(socket: Duplex, { method, path, headers }: MemoryRequest): IncomingMessage {
  const request = new IncomingMessage(socket as never); // It uses what a stream has.
  request.method = method;
  request.url = path;
  request.httpVersion = '1.1';
  request.httpVersionMajor = 1;
  request.httpVersionMinor = 1;
  request.complete = true;
  const [byName, distinct]: [Record<string, string>, Record<string, string[]>] = [{}, {}];
  // Faster than Object.entries() and Object.fromEntries(), which take longer than all the rest here.
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined) continue;
    byName[name] = value;
    distinct[name] = [value];
    request.rawHeaders.push(name, value);
  }
  request.headers = byName;
  request.headersDistinct = distinct;
  return request;
}

/**
 * Keeps the body that is written to a response, in members of its own: Express replaces the prototype.
 *
 * @param answer called at the end, or with `undefined` when the body gets too long
 */
function keepBody(
  response: ServerResponse,
  maxBytes: number,
  answer: (body: Buffer | undefined) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const keep = (chunk: unknown, encoding: unknown): void => {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return;
    const kept =
      typeof chunk === 'string' ? Buffer.from(chunk, encodingOf(encoding)) : Buffer.from(chunk);
    bytes += kept.byteLength;
    if (bytes > maxBytes) answer(undefined);
    else chunks.push(kept);
  };
  const keeping = (member: 'write' | 'end') =>
    ((...args: unknown[]): unknown => {
      const isOpen = !response.writableEnded;
      const inherited: unknown = Reflect.get(Object.getPrototypeOf(response), member);
      const returned: unknown = Reflect.apply(inherited as () => unknown, response, args);
      if (isOpen) keep(args[0], args[1]);
      return returned; // What Node returns.
    }) as never;
  response.write = keeping('write');
  response.end = keeping('end');
  response.once('finish', () => {
    const isBodiless = BODILESS.has(response.statusCode);
    if (bytes <= maxBytes) answer(isBodiless ? Buffer.alloc(0) : Buffer.concat(chunks));
  });
  // Else Node does not note the headers that writeHead() is given.
  response.setHeader('date', '');
  response.removeHeader('date');
}

/** Node drops what is written to them. */
const BODILESS: ReadonlySet<number> = new Set([204, 304]);

function encodingOf(encoding: unknown): BufferEncoding {
  return typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8';
}

function textOf(value: number | string | readonly string[] | undefined): string | undefined {
  return typeof value === 'object' ? value.join(', ') : value?.toString();
}

/** As Node's client reports it. */
function hungUp(): Error {
  return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

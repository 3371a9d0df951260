import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** What a server answered. */
export interface HttpAnswer {
  readonly status: number;
  /** Its bytes, as a text of latin1: see {@link textOf}. */
  readonly body: string;
  /** Of the whole answer. */
  readonly bytes: number;
}

/** Sends one request after the other. */
export interface Lane {
  /** Sends a request, in full, and reads its answer. */
  exchange(request: Buffer): Promise<HttpAnswer>;
  /** Whether the server has not closed it. */
  readonly isOpen: boolean;
  close(): void;
}

/**
 * A keep-alive connection that sends one request after the other and reads just enough of HTTP/1.1 to know
 * where an answer ends: the load shares two cores with the server, and must cost little.
 */
export class Connection implements Lane {
  private unread = '';
  private settle: { answer(found: HttpAnswer): void; fail(error: Error): void } | undefined;

  private constructor(private readonly socket: Socket) {
    // One character is one byte.
    socket.setEncoding('latin1');
    socket.setNoDelay(true);
    socket.on('data', (chunk: string) => this.read(chunk));
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('There was no answer.')));
    socket.on('error', (error) => this.settle?.fail(error));
    socket.on('close', () => this.settle?.fail(new Error('The server closed the connection.')));
  }

  static async open(url: URL): Promise<Connection> {
    const socket = connect(Number(url.port), url.hostname);
    await once(socket, 'connect');
    return new Connection(socket);
  }

  exchange(request: Buffer): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      this.settle = { answer: resolve, fail: reject };
      this.socket.write(request);
    });
  }

  get isOpen(): boolean {
    return this.socket.writable;
  }

  close(): void {
    this.settle = undefined;
    this.socket.destroy();
  }

  private read(chunk: string): void {
    this.unread = this.unread === '' ? chunk : this.unread + chunk;
    const found = parseAnswer(this.unread);
    if (!found) return;
    this.unread = '';
    this.settle?.answer(found);
  }
}

/** The text of an answer. */
export function textOf({ body }: HttpAnswer): string {
  return Buffer.from(body, 'latin1').toString('utf8');
}

/** @returns `undefined` until the answer is complete */
function parseAnswer(text: string): HttpAnswer | undefined {
  const head = text.indexOf('\r\n\r\n');
  if (head === -1) return undefined;
  const start = head + 4;
  const status = Number(text.slice(9, 12));
  const headers = text.slice(0, start).toLowerCase();
  const length = /\r\ncontent-length: *(\d+)/.exec(headers)?.[1];
  if (length !== undefined) {
    if (text.length < start + Number(length)) return undefined;
    return { status, body: text.slice(start), bytes: text.length };
  }
  if (!headers.includes('\r\ntransfer-encoding: chunked')) {
    return { status, body: '', bytes: text.length };
  }
  if (!text.endsWith('0\r\n\r\n')) return undefined;
  const body = unchunked(text, start);
  return body === undefined ? undefined : { status, body, bytes: text.length };
}

/** @returns `undefined` until the last chunk is there */
function unchunked(text: string, start: number): string | undefined {
  let body = '';
  for (let at = start; ;) {
    const line = text.indexOf('\r\n', at);
    if (line === -1) return undefined;
    const size = Number.parseInt(text.slice(at, line), 16);
    if (size === 0) return body;
    const end = line + 2 + size;
    if (text.length < end + 2) return undefined;
    body += text.slice(line + 2, end);
    at = end + 2;
  }
}

/** Long, since a busy machine can leave a server without a core for a while. */
const TIMEOUT_MS = 120_000;

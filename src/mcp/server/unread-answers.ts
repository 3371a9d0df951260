import type { ServerResponse } from 'node:http';
import type { NodeServerResponseLike } from '@modelcontextprotocol/node';
import type { ResolvedMcpLimits } from '../protocol/mcp-limits.js';
import type { MemoryShare } from '../protocol/memory-budget.js';

/**
 * The answers that wait for their client to read them. Each counts in the memory of the process; one of
 * which nothing is read for too long is cut, and where there is no room, the one that waits longest is.
 */
export class UnreadAnswers {
  /** Ordered by when something was last read of them, the longest ago first. */
  private readonly waiting = new Map<ServerResponse, Waiting>();
  private readonly sweeper: NodeJS.Timeout;

  constructor(
    private readonly limits: Pick<ResolvedMcpLimits, 'unreadBytes' | 'unreadMs'>,
    private readonly memory: MemoryShare,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.sweeper = setInterval(() => this.sweep(), SWEEP_MS).unref();
  }

  /** Answers that wait. */
  get size(): number {
    return this.waiting.size;
  }

  /**
   * Writes the next piece of a stream.
   *
   * @returns false where the stream was closed: its client does not read, and has as much as is kept
   */
  write(response: ServerResponse, chunk: Uint8Array | string): boolean {
    if (!this.hasRoomFor(response)) return false;
    if (response.writableLength > this.limits.unreadBytes) {
      response.destroy();
      return false;
    }
    response.write(chunk);
    this.note(response);
    return true;
  }

  /**
   * Whether an answer may be written: not to a connection that is gone, and where memory runs out not
   * behind an earlier answer of its connection, which is cut then.
   */
  hasRoomFor(response: ServerResponse): boolean {
    const { socket: connection } = response.req;
    if (connection.destroyed) return false;
    if (response.socket || this.memory.excess === 0) return true;
    connection.destroy();
    return false;
  }

  /** Notes what is left to be read of an answer that was written. */
  note(response: ServerResponse): void {
    const { writableLength: bytes } = response;
    const known = this.waiting.get(response);
    if (!known && (bytes <= IN_FLIGHT_BYTES || response.destroyed)) return;
    if (known) this.update(response, known, bytes);
    else this.add(response, bytes);
    this.makeRoom();
  }

  /** Looks at what was read meanwhile, and cuts the answers of which nothing was. */
  sweep(): void {
    for (const [response, waiting] of this.waiting) {
      this.update(response, waiting, response.writableLength);
    }
    const oldest = this.now() - this.limits.unreadMs;
    for (const [response, { readAt }] of this.waiting) {
      if (readAt > oldest) break;
      cut(response);
    }
    this.makeRoom();
  }

  close(): void {
    clearInterval(this.sweeper);
  }

  private add(response: ServerResponse, bytes: number): void {
    this.memory.take(bytes);
    this.waiting.set(response, { bytes, readAt: this.now() });
    response.once('close', () => this.remove(response));
  }

  private update(response: ServerResponse, waiting: Waiting, bytes: number): void {
    this.memory.take(bytes - waiting.bytes);
    const hasRead = bytes < waiting.bytes;
    waiting.bytes = bytes;
    if (!hasRead) return;
    waiting.readAt = this.now();
    this.waiting.delete(response);
    this.waiting.set(response, waiting);
  }

  private remove(response: ServerResponse): void {
    const waiting = this.waiting.get(response);
    if (!waiting) return;
    this.memory.give(waiting.bytes);
    this.waiting.delete(response);
  }

  /** An answer that has only just been written may be on its way. */
  private makeRoom(): void {
    const stalled = this.now() - STALLED_MS;
    for (const [response, { readAt }] of this.waiting) {
      if (this.memory.excess === 0 || readAt > stalled) return;
      cut(response);
      this.remove(response);
    }
  }
}

/**
 * A response as the SDK writes it. A stream may have nothing to say for long: that it is open is said at
 * once. The SDK never waits for its client, and what waits in its place is counted.
 */
export function responseForSdk(
  response: ServerResponse,
  unread: UnreadAnswers,
): NodeServerResponseLike {
  return {
    writeHead(status, headers) {
      response.writeHead(status, headers);
      if (response.req.method === 'GET') response.flushHeaders();
    },
    write: (chunk) => {
      unread.write(response, chunk);
      return true;
    },
    end: () => response.end(),
    on: (event, listener) => response.on(event, listener),
    get destroyed() {
      return response.destroyed;
    },
  };
}

/** One that waits behind others on its connection holds what was written until that connection ends. */
function cut(response: ServerResponse): void {
  response.destroy();
  if (!response.socket) response.req.socket.destroy();
}

interface Waiting {
  bytes: number;
  /** When it was written, or something was last read of it. */
  readAt: number;
}

/** What the buffers of a connection hold on the way to a client that reads. */
const IN_FLIGHT_BYTES = 16_384;
const STALLED_MS = 1_000;
const SWEEP_MS = 1_000;

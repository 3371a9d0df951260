import type { ServerResponse } from 'node:http';
import type { NodeServerResponseLike } from '@modelcontextprotocol/node';
import type { ResolvedMcpLimits } from '../protocol/mcp-limits.js';
import type { MemoryShare } from '../protocol/memory-budget.js';

/**
 * The answers that their clients have not read yet, accounted in the memory of the process. An
 * answer of which nothing was read for too long is cut; where memory is exceeded, the one that
 * waits longest is cut.
 */
export class UnreadAnswers {
  /** Ordered by the time of the last read, oldest first. */
  private readonly waiting = new Map<ServerResponse, Waiting>();
  private readonly sweeper: NodeJS.Timeout;

  constructor(
    private readonly limits: Pick<ResolvedMcpLimits, 'unreadBytes' | 'unreadMs'>,
    private readonly memory: MemoryShare,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.sweeper = setInterval(() => this.sweep(), SWEEP_MS).unref();
  }

  /** Number of unread answers. */
  get size(): number {
    return this.waiting.size;
  }

  /**
   * Writes the next piece of a stream.
   *
   * @returns false if the stream was closed, since its client has too much unread data
   */
  write(response: ServerResponse, chunk: Uint8Array | string): boolean {
    if (!this.hasRoomFor(response)) return false;
    if (response.writableLength > this.limits.unreadBytes) {
      response.destroy();
      return false;
    }
    response.write(chunk);
    this.track(response);
    return true;
  }

  /**
   * Whether an answer may be written: not to a closed connection. Where memory is exceeded, neither
   * behind an earlier answer on the same connection, which is cut then.
   */
  hasRoomFor(response: ServerResponse): boolean {
    const { socket: connection } = response.req;
    if (connection.destroyed) return false;
    if (response.socket || this.memory.excess === 0) return true;
    connection.destroy();
    return false;
  }

  /** Accounts for the unread bytes of an answer that was written. */
  track(response: ServerResponse): void {
    const { writableLength: bytes } = response;
    const known = this.waiting.get(response);
    if (!known && (bytes <= IN_FLIGHT_BYTES || response.destroyed)) return;
    if (known) this.update(response, known, bytes);
    else this.add(response, bytes);
    this.makeRoom();
  }

  /** Updates what was read meanwhile, and cuts answers of which nothing was read. */
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

  /** Cuts answers while memory is exceeded; not those written just now, which may be in transit. */
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
 * The response for the SDK. The headers of a stream are sent at once, since its first event may be
 * far off. The SDK does not wait for slow clients: unread bytes are accounted here.
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

/** Closes the connection of an answer. A pipelined answer has no socket of its own yet. */
function cut(response: ServerResponse): void {
  response.destroy();
  if (!response.socket) response.req.socket.destroy();
}

interface Waiting {
  bytes: number;
  /** Time of the write or of the last read. */
  readAt: number;
}

/** Bytes that may be in the buffers of a connection whose client reads. */
const IN_FLIGHT_BYTES = 16_384;
const STALLED_MS = 1_000;
const SWEEP_MS = 1_000;

import type { Readable, Writable } from 'node:stream';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import { JSON_RPC, jsonRpcError } from '../protocol/json-rpc-error.js';
import { METHODS } from '../protocol/methods.js';
import { WithoutBatches } from './batch-lines.js';

/**
 * The transport of the SDK, which ends a connection cleanly: when the client closes stdin, running
 * calls are finished and their answers are written, for `drainMs` at most. Batches are refused.
 */
export class StdioTransport extends StdioServerTransport {
  /** Resolves when the connection has ended, whichever side ended it, and the client has read all. */
  readonly closed: Promise<void>;
  /** The requests that are not answered: how many have an id. */
  private readonly running = new Map<string | number, number>();
  private endsWithLine = true;
  private hasEnded = false;
  /** Refusals of batches that the client has not read. */
  private unreadRefusals = 0;
  private limit: NodeJS.Timeout | undefined;
  #end: () => void = () => undefined;

  constructor(
    private readonly source: Readable,
    private readonly sink: Writable,
    private readonly drainMs: number,
    private readonly input = new WithoutBatches(),
  ) {
    super(input, sink);
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  override async start(): Promise<void> {
    await super.start();
    const { source, input } = this;
    if (source.readableEnded || source.destroyed) return this.endInput();
    input.on('batch', this.refuseBatch);
    source.once('end', this.endInput).once('close', this.endInput).on('error', this.reportError);
    source.on('data', this.noteEnd).pipe(input, { end: false });
  }

  /** Must be called for each message that is received. */
  receive(message: JSONRPCMessage): void {
    if (!('method' in message)) return;
    // A subscription lasts as long as its connection.
    if ('id' in message && !METHODS.get(message.method)?.opensStream) {
      this.running.set(message.id, (this.running.get(message.id) ?? 0) + 1);
    }
    if (message.method !== 'notifications/cancelled') return;
    const id: unknown = message.params?.['requestId'];
    // A cancelled request is not answered.
    if (typeof id === 'string' || typeof id === 'number') this.settle(id);
  }

  override async send(message: JSONRPCMessage): Promise<void> {
    const isAnswer = !('method' in message) && message.id !== undefined;
    try {
      await super.send(message);
    } finally {
      if (isAnswer) this.settle(message.id);
    }
  }

  override async close(): Promise<void> {
    clearTimeout(this.limit);
    const { source, input, endInput } = this;
    source.off('end', endInput).off('close', endInput).off('data', this.noteEnd).unpipe(input);
    await super.close();
    await flushed(this.sink, this.drainMs);
    this.#end();
  }

  private readonly endInput = (): void => {
    if (this.hasEnded) return;
    this.hasEnded = true;
    // The last message may come without the end of its line.
    if (!this.endsWithLine) this.input.write('\n');
    this.limit = setTimeout(() => this.input.end(), this.drainMs);
    this.endWhenIdle();
  };

  private settle(id: string | number | undefined): void {
    const count = id === undefined ? 0 : (this.running.get(id) ?? 0);
    if (id === undefined || count === 0) return;
    if (count === 1) this.running.delete(id);
    else this.running.set(id, count - 1);
    this.endWhenIdle();
  }

  /** Ends the input once every message that was received before has been answered. */
  private endWhenIdle(): void {
    if (!this.hasEnded || this.running.size > 0) return;
    const { input } = this;
    // What was received last may not have been read yet.
    if (input.readableLength === 0 && input.writableLength === 0) input.end();
    else setImmediate(() => this.endWhenIdle());
  }

  private readonly refuseBatch = (): void => {
    if (this.unreadRefusals === MAX_UNREAD_REFUSALS) return;
    this.unreadRefusals += 1;
    void super
      .send(BATCH_REFUSED as JSONRPCMessage) // The SDK has no type for an unknown id.
      .catch(this.reportError)
      .finally(() => (this.unreadRefusals -= 1));
  };

  private readonly noteEnd = (chunk: Buffer | string): void => {
    this.endsWithLine = chunk.at(-1) === (typeof chunk === 'string' ? '\n' : NEWLINE);
  };

  private readonly reportError = (error: Error): void => this.onerror?.(error);
}

const NEWLINE = 0x0a;

/** A client that sends more than this without reading is not told of each batch. */
const MAX_UNREAD_REFUSALS = 100;

const BATCH_REFUSED: unknown = jsonRpcError(
  JSON_RPC.invalidRequest,
  'Invalid Request: there are no batches over stdio. Send each message in a line of its own.',
);

/** Resolves when a stream has written all that it was given, when it breaks, or after a time. */
function flushed(sink: Writable, withinMs: number): Promise<void> {
  if (sink.writableLength === 0 || sink.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      sink.off('close', end);
      resolve();
    };
    const timer = setTimeout(end, withinMs);
    sink.once('close', end);
    // Written after all the rest.
    sink.write('', end);
  });
}

import type { ServerResponse } from 'node:http';
import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import { whenClosed } from './node-response.js';

/** An event of a stream; without an id if it could not be stored. */
interface StreamEvent {
  readonly id: string;
  readonly message: JSONRPCMessage;
}

/** One HTTP response that carries the events of a stream. */
export class EventConnection {
  /** The body of the response. */
  readonly body: ReadableStream<Uint8Array>;
  private controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  private readonly keepAlive: NodeJS.Timeout;
  /** Live events that wait for the end of a replay; `undefined` if there is none. */
  private held: StreamEvent[] | undefined;
  /** Ids of the events of a running replay, of which some may be held back, too. */
  private readonly replayed = new Set<string>();
  private isEnding = false;
  private sent = 0;

  /** @param keepAliveMs time between two comments that keep proxies from closing the connection */
  constructor(
    readonly response: ServerResponse,
    keepAliveMs: number,
  ) {
    this.body = new ReadableStream({
      start: (controller) => {
        this.controller = controller;
      },
      cancel: () => this.close(),
    });
    this.keepAlive = setInterval(() => this.comment(), keepAliveMs).unref();
    whenClosed(response, () => this.close());
  }

  get isClosed(): boolean {
    return this.controller === undefined;
  }

  /** Number of events that were sent. */
  get events(): number {
    return this.sent;
  }

  /** Sends an event with an id and without a message, from which the client can resume. */
  prime(id: string, retryMs: number): void {
    this.write(`${idLine(id)}retry: ${retryMs}\ndata: \n\n`);
  }

  /** Sends a comment, which clients ignore. */
  comment(): void {
    this.write(': keepalive\n\n');
  }

  /** Sends a live event. */
  send(event: StreamEvent): void {
    if (this.held) this.held.push(event);
    else this.writeEvent(event);
  }

  /** Holds live events back until {@link endReplay}. */
  beginReplay(): void {
    this.held = [];
  }

  replay(event: StreamEvent): void {
    this.replayed.add(event.id);
    this.writeEvent(event);
  }

  /** Sends the live events that the replay has not sent. */
  endReplay(): void {
    const { held = [] } = this;
    this.held = undefined;
    for (const event of held) if (!this.replayed.has(event.id)) this.writeEvent(event);
    this.replayed.clear();
    if (this.isEnding) this.close();
  }

  /** Ends the response after the events that were sent, and after a replay. */
  end(): void {
    this.isEnding = true;
    if (!this.held) this.close();
  }

  /** Ends the response at once. */
  close(): void {
    const { controller } = this;
    if (!controller) return;
    this.controller = undefined;
    this.held = undefined;
    clearInterval(this.keepAlive);
    try {
      controller.close();
    } catch {
      // The reader has cancelled the body.
    }
  }

  private writeEvent({ id, message }: StreamEvent): void {
    this.sent += 1;
    this.write(`event: message\n${idLine(id)}data: ${JSON.stringify(message)}\n\n`);
  }

  private write(text: string): void {
    this.controller?.enqueue(UTF8.encode(text));
  }
}

/** Cuts a response that does not end by itself, since its client does not read it. */
export function endSoon(response: ServerResponse): void {
  const cut = setTimeout(() => response.destroy(), CUT_MS).unref();
  whenClosed(response, () => clearTimeout(cut));
}

function idLine(id: string): string {
  return id === '' ? '' : `id: ${id}\n`;
}

const UTF8 = new TextEncoder();

/** Time that a response has to end cleanly, in milliseconds. */
const CUT_MS = 250;

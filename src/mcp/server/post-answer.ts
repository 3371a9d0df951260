import type { JSONRPCMessage, JSONRPCResponse, RequestId } from '@modelcontextprotocol/server';
import type { EventConnection } from './event-connection.js';
import type { EventStream } from './event-stream.js';
import { shuttingDown } from './shutting-down.js';

/** The answer to the requests of one POST. It ends when each of them has ended. */
export abstract class PostAnswer {
  private readonly pending = new Set<object>();

  /** The HTTP response. */
  abstract readonly response: MaybeLater<Response>;

  /** Whether every request has ended. */
  get isOver(): boolean {
    return this.pending.size === 0;
  }

  begin(call: object): void {
    this.pending.add(call);
  }

  settle(call: object): void {
    if (this.pending.delete(call) && this.isOver) this.end();
  }

  /** Sends a result or an error. */
  abstract answer(response: JSONRPCResponse): Promise<void>;
  /** Sends a notification or a question of a running call. */
  abstract notify(message: JSONRPCMessage): Promise<void>;
  /** Gives the client an id from which it can resume. */
  abstract prime(retryMs: number, requestIds: readonly RequestId[]): Promise<void>;
  /** Sends the head of the response, so that proxies keep the connection open. */
  abstract begun(): void;
  /** Ends the response before the answer. The client comes back for it. */
  abstract closeConnection(): void;
  /** Ends the response: the session has ended. */
  abstract close(): void;
  protected abstract end(): void;
}

type MaybeLater<T> = T | Promise<T>;

/** Answers with a stream of events, which the client can resume. */
export class StreamAnswer extends PostAnswer {
  constructor(
    private readonly stream: EventStream,
    private readonly connection: EventConnection,
    readonly response: Response,
    private readonly onend: () => void,
  ) {
    super();
  }

  answer(response: JSONRPCResponse): Promise<void> {
    return this.stream.send(response);
  }

  notify(message: JSONRPCMessage): Promise<void> {
    return this.stream.send(message);
  }

  prime(retryMs: number, requestIds: readonly RequestId[]): Promise<void> {
    return this.stream.prime(retryMs, requestIds);
  }

  begun(): void {
    this.connection.comment();
  }

  closeConnection(): void {
    this.stream.closeConnection();
  }

  close(): void {
    this.end();
  }

  protected end(): void {
    this.stream.end();
    this.onend();
  }
}

/** Answers with JSON, for clients without a session. Notifications are dropped. */
export class JsonAnswer extends PostAnswer {
  readonly response: Promise<Response>;
  private respond: (response: Response) => void = () => undefined;
  private readonly answers: JSONRPCResponse[] = [];

  constructor() {
    super();
    this.response = new Promise((resolve) => {
      this.respond = resolve;
    });
  }

  async answer(response: JSONRPCResponse): Promise<void> {
    this.answers.push(response);
  }

  async notify(message: JSONRPCMessage): Promise<void> {
    if ('id' in message) throw new Error('A client without a session cannot be asked.');
  }

  async prime(): Promise<void> {}
  begun(): void {}
  closeConnection(): void {}

  close(): void {
    this.respond(shuttingDown());
  }

  protected end(): void {
    const { answers } = this;
    if (answers.length === 0) return this.respond(new Response(null, { status: 202 }));
    this.respond(Response.json(answers.length === 1 ? answers[0] : answers));
  }
}

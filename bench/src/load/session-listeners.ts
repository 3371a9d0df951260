import { Agent, request, type ClientRequest } from 'node:http';
import { rpcRequest } from './rpc.js';
import type { OpenedSession } from './sessions.js';

/** Clients of 2025-11-25 that keep the stream of their session open, and count what arrives. */
export class SessionListeners {
  private readonly streams: ClientRequest[] = [];
  private readonly agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY });
  /** Notifications until now, of all of them. */
  private events = 0;
  private waiting: { readonly events: number; readonly done: () => void } | undefined;

  constructor(private readonly url: string) {}

  get count(): number {
    return this.streams.length;
  }

  /** Opens the streams of sessions. */
  async listen(sessions: readonly OpenedSession[]): Promise<void> {
    for (const session of sessions) this.streams.push(await this.open(session));
  }

  /**
   * Does something that each of them is told of, and resolves when all have heard it.
   *
   * @throws {Error} somebody did not hear it in time
   */
  async hear(cause: () => void): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const told = this.events + this.count;
    const all = new Promise<void>((done, fail) => {
      this.waiting = { events: told, done };
      const missing = () => fail(new Error(`${told - this.events} events did not arrive.`));
      timer = setTimeout(missing, LONGEST_MS);
    });
    cause();
    await all.finally(() => clearTimeout(timer));
  }

  close(): void {
    for (const stream of this.streams) stream.destroy();
    this.agent.destroy();
  }

  private open({ id, token }: OpenedSession): Promise<ClientRequest> {
    const ping = { id: 0, method: 'ping', params: {} };
    const { headers } = rpcRequest('legacy', ping, { token, session: id });
    return new Promise((resolve, reject) => {
      const stream = request(this.url, {
        headers: { ...headers, accept: 'text/event-stream' },
        agent: this.agent,
      });
      stream.on('error', reject);
      stream.on('response', (response) => {
        if (response.statusCode !== 200) {
          return reject(new Error(`The stream of a session was answered ${response.statusCode}.`));
        }
        response.on('data', (chunk: Buffer) => this.read(chunk));
        // A stream that is closed at the end of the section.
        response.on('error', () => undefined);
        return resolve(stream);
      });
      stream.end();
    });
  }

  private read(chunk: Buffer): void {
    this.events += chunk.toString('latin1').split('data: {').length - 1;
    if (this.waiting && this.events >= this.waiting.events) this.waiting.done();
  }
}

const LONGEST_MS = 60_000;

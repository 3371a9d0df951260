import { Agent, request, type ClientRequest } from 'node:http';
import { rpcRequest } from './rpc.js';

/** Clients that keep a stream of `subscriptions/listen` open, and count what arrives. */
export class Listeners {
  /** Notifications until now, of all of them. */
  events = 0;
  private readonly requests: ClientRequest[] = [];
  private readonly agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY });

  constructor(
    private readonly url: string,
    private readonly uri: string,
  ) {}

  get count(): number {
    return this.requests.length;
  }

  /** Opens streams, with the tokens in turn, until there are so many. */
  async growTo(count: number, tokens: readonly string[]): Promise<void> {
    while (this.count < count) {
      const batch = Array.from({ length: Math.min(BATCH, count - this.count) }, (_, at) =>
        this.open(tokens[(this.count + at) % tokens.length]),
      );
      this.requests.push(...(await Promise.all(batch)));
    }
  }

  close(): void {
    for (const stream of this.requests) stream.destroy();
    this.agent.destroy();
  }

  private open(token: string | undefined): Promise<ClientRequest> {
    const params = { notifications: { resourceSubscriptions: [this.uri] } };
    const message = { id: this.count + 1, method: 'subscriptions/listen', params };
    const { headers, body } = rpcRequest('modern', message, { token });
    return new Promise((resolve, reject) => {
      const stream = request(this.url, { method: 'POST', headers, agent: this.agent });
      stream.on('error', reject);
      stream.on('response', (response) => {
        if (response.statusCode !== 200) {
          return reject(new Error(`subscriptions/listen was answered ${response.statusCode}.`));
        }
        response.on('data', (chunk: Buffer) => {
          if (chunk.includes('notifications/resources/updated')) this.events += 1;
        });
        // A stream that is closed at the end of the section.
        response.on('error', () => undefined);
        return resolve(stream);
      });
      stream.end(body);
    });
  }
}

/** So many at a time. */
const BATCH = 50;

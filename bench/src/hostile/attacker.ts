import { Agent, request, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';

/** Where an attacker comes from, and as whom. */
export interface AttackerOptions {
  /** URL of the endpoint. */
  readonly url: string;
  /** Loopback address that its connections come from. */
  readonly address: string;
  /** Without one it is anonymous. */
  readonly token?: string | undefined;
  /** Of what one caller may do, where it shares that with other attackers. Default: 1. */
  readonly share?: number;
}

/** What a request was answered. */
export interface Answer {
  /** 0 where the connection was closed instead. */
  readonly status: number;
  /** Its beginning. */
  readonly text: string;
  readonly session: string | undefined;
  /** What was sent. */
  readonly body: Buffer | string;
}

/** One client that means harm: it sends requests, and holds connections open. */
export class Attacker {
  readonly token: string | undefined;
  private readonly url: URL;
  private readonly agent: Agent;
  /** The oldest first. */
  private readonly held: { destroy(): void }[] = [];

  constructor(private readonly options: AttackerOptions) {
    this.token = options.token;
    this.url = new URL(options.url);
    this.agent = new Agent({ keepAlive: true, localAddress: options.address });
  }

  /** Sends a POST and reads the answer. A stream is held open, and read on. */
  post(body: Buffer | string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('POST', headers, body);
  }

  /** Sends any request and reads its answer. */
  send(
    method: string,
    headers: Record<string, string>,
    body: Buffer | string = '',
  ): Promise<Answer> {
    return new Promise((resolve) => {
      const closed = () => resolve({ status: 0, text: '', session: undefined, body });
      const outgoing = request(
        {
          agent: this.agent,
          host: this.url.hostname,
          port: this.url.port,
          path: this.url.pathname,
          method,
          headers: { ...this.headers, ...headers, 'content-length': Buffer.byteLength(body) },
          timeout: PATIENCE_MS,
        },
        (response) => {
          outgoing.off('close', closed);
          this.read(response, body, resolve);
        },
      );
      outgoing.once('timeout', () => outgoing.destroy());
      outgoing.once('error', closed);
      outgoing.once('close', closed);
      outgoing.end(body);
    });
  }

  /** Opens a session of 2025-11-25. */
  async openSession(): Promise<Record<string, string>> {
    const { session = '' } = await this.post(INITIALIZE);
    return { 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' };
  }

  /** Opens a connection of which nothing is read, and writes to it. */
  connect(text = ''): Socket {
    const { hostname, port } = this.url;
    const { address: localAddress } = this.options;
    const socket = connect({ host: hostname, port: Number(port), localAddress });
    // The service is right to close it.
    socket.on('error', () => undefined);
    socket.write(text);
    this.hold(socket);
    return socket;
  }

  /** The head of a request, as it goes over the wire. */
  head(method: string, headers: Record<string, string | number>, path = this.url.pathname): string {
    const lines = Object.entries({ ...this.headers, ...headers }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    return `${method} ${path} HTTP/1.1\r\nhost: ${this.url.host}\r\n${lines.join('')}\r\n`;
  }

  /** Keeps a connection open until there are too many. */
  hold(connection: { destroy(): void }): void {
    this.held.push(connection);
    if (this.held.length > MOST_HELD) this.held.shift()?.destroy();
  }

  /** Lets go of everything. */
  close(): void {
    for (const connection of this.held.splice(0)) connection.destroy();
    this.agent.destroy();
  }

  private get headers(): Record<string, string> {
    return {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(this.token !== undefined && { authorization: `Bearer ${this.token}` }),
    };
  }

  private read(
    response: IncomingMessage,
    body: Buffer | string,
    resolve: (answer: Answer) => void,
  ): void {
    const { statusCode: status = 0, headers } = response;
    const session = headers['mcp-session-id'];
    let text = '';
    const answer = () =>
      resolve({ status, text, session: typeof session === 'string' ? session : undefined, body });
    response.on('data', (chunk: Buffer) => {
      if (text.length < KEPT_LENGTH) text += chunk.toString('utf8', 0, KEPT_LENGTH);
    });
    response.once('close', answer);
    response.once('error', answer);
    if (!headers['content-type']?.includes('event-stream')) return;
    this.hold(response);
    setTimeout(answer, STREAM_MS);
  }
}

/** How long an answer is waited for. */
const PATIENCE_MS = 60_000;
/** After that long a stream counts as answered. */
const STREAM_MS = 500;
const KEPT_LENGTH = 2_000;
/** Connections that one attacker holds open. */
const MOST_HELD = 60;

const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'hostile', version: '1.0.0' },
  },
});

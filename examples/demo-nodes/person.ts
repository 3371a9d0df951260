import {
  Client,
  StreamableHTTPClientTransport,
  UnauthorizedError,
  type CallToolResult,
} from '@modelcontextprotocol/client';
import { MemoryOAuthProvider } from '../demo-client/memory-oauth-provider.js';
import { expect, type Report } from '../demo-client/report.js';
import { signIn } from '../demo-client/sign-in.js';
import type { Nodes } from './nodes.js';
import { until } from './patience.js';
import { SERVED_BY } from './round-robin.js';

/** A request of a client, and the node that answered it. */
export interface Trip {
  /** Method of a JSON-RPC request, `answer` to a question of the server, or `stream`, that of the session. */
  readonly what: string;
  readonly node: string;
}

/** A signed-in person, who may use several clients. */
export class Person {
  private constructor(
    private readonly service: Nodes,
    private readonly provider: MemoryOAuthProvider,
  ) {}

  static async signIn(service: Nodes, account: string, report: Report): Promise<Person> {
    const provider = new MemoryOAuthProvider((url) => signIn(url, account, report));
    const person = new Person(service, provider);
    const anonymous = person.create();
    await anonymous.connect().then(
      () => expect(false, 'the service to ask for a sign-in'),
      (error: unknown) => expect(error instanceof UnauthorizedError, `a sign-in, not ${error}`),
    );
    expect(provider.response !== undefined, 'an authorization code');
    const { code, iss } = provider.response;
    await anonymous.finishSignIn(code, iss);
    return person;
  }

  /** Connects one more client, with a session of 2025-11-25. */
  async connect(): Promise<PersonClient> {
    const client = this.create();
    await client.connect();
    await until('the stream of the session', () => client.nodeOfStream);
    return client;
  }

  /** Status of a call, made without the client: the SDK would ask for a new sign-in. */
  async callStatus(): Promise<{ readonly status: number; readonly node: string }> {
    const response = await fetch(`${this.service.origin}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${this.provider.tokens()?.access_token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': 'whereAmI',
      },
      body: JSON.stringify(STATELESS_CALL),
    });
    await response.text();
    return {
      status: response.status,
      node: this.service.nameOf(response.headers.get(SERVED_BY)),
    };
  }

  private create(): PersonClient {
    return new PersonClient(this.service, this.provider);
  }
}

/** A client of 2025-11-25, which tells the nodes that have answered it. */
export class PersonClient {
  readonly trips: Trip[] = [];
  /** Changes of resources that it was told of. */
  readonly heard: string[] = [];
  private readonly client = new Client(
    { name: 'demo', version: '1.0.0' },
    { versionNegotiation: { mode: 'legacy' }, capabilities: { elicitation: {} } },
  );
  private readonly transport: StreamableHTTPClientTransport;

  constructor(
    private readonly service: Nodes,
    authProvider: MemoryOAuthProvider,
  ) {
    this.transport = new StreamableHTTPClientTransport(new URL(`${service.origin}/mcp`), {
      authProvider,
      fetch: (input, init) => this.fetch(input, init),
    });
    this.client.setRequestHandler('elicitation/create', () => ({
      action: 'accept',
      content: { approved: true },
    }));
    this.client.setNotificationHandler('notifications/resources/updated', ({ params }) => {
      this.heard.push(params.uri);
    });
  }

  /** The node that holds the stream of the session now. */
  get nodeOfStream(): string | undefined {
    return this.lastNodeOf('stream');
  }

  connect(): Promise<void> {
    return this.client.connect(this.transport);
  }

  async finishSignIn(code: string, issuer: string | null): Promise<void> {
    await this.transport.finishAuth(code, issuer ?? undefined);
    await this.client.close();
  }

  async subscribe(uri: string): Promise<void> {
    await this.client.subscribeResource({ uri });
  }

  /** Calls a tool. @returns its output */
  async call(name: string): Promise<Record<string, unknown>> {
    const result: CallToolResult = await this.client.callTool({ name });
    const [block] = result.content;
    expect(!result.isError, block?.type === 'text' ? `success, not: ${block.text}` : 'success');
    expect(typeof result.structuredContent === 'object', 'structured content');
    return { ...result.structuredContent };
  }

  /** The node that got the last answer to a question; each is told once. */
  takeNodeOfAnswer(): string | undefined {
    const index = this.trips.findIndex(({ what }) => what === 'answer');
    return index < 0 ? undefined : this.trips.splice(index, 1)[0]?.node;
  }

  /** The node that answered the last request of a kind. */
  lastNodeOf(what: string): string | undefined {
    return this.trips.findLast((trip) => trip.what === what)?.node;
  }

  close(): Promise<void> {
    return this.client.close();
  }

  private async fetch(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
    const response = await fetch(input, init);
    const node = this.service.nameOf(response.headers.get(SERVED_BY));
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
    if (init?.method === 'GET' && isStream) this.trips.push({ what: 'stream', node });
    if (typeof init?.body !== 'string' || !init.body.startsWith('{')) return response;
    const { method } = JSON.parse(init.body) as { readonly method?: string };
    this.trips.push({ what: method ?? 'answer', node });
    return response;
  }
}

const STATELESS_CALL = {
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: {
    name: 'whereAmI',
    arguments: {},
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  },
};

import { AsyncLocalStorage } from 'node:async_hooks';
import {
  Client,
  StreamableHTTPClientTransport,
  type ClientCapabilities,
  type ElicitRequestParams,
  type ElicitResult,
} from '@modelcontextprotocol/client';
import type { Fetch } from '../transport/in-process-fetch.js';
import { McpRefusedError } from '../testing.errors.js';

/** What {@link Connection} is made of. */
export interface ConnectionParts {
  readonly url: string;
  readonly era: Era;
  /** Sends a request as the caller. */
  readonly fetch: Fetch;
  readonly capabilities: ClientCapabilities | undefined;
  /** The user who is asked. */
  readonly elicit: (question: ElicitRequestParams) => Promise<ElicitResult>;
}

/** The official client, connected when it is first needed, and what the server refused it. */
export class Connection {
  readonly #calls = new AsyncLocalStorage<{ refusal?: McpRefusedError }>();
  #client: Promise<Client> | undefined;

  constructor(private readonly parts: ConnectionParts) {}

  client(): Promise<Client> {
    this.#client ??= this.#connect();
    return this.#client;
  }

  /**
   * Lets the client do something. Where the server refuses it with an HTTP status, that is what went
   * wrong, whatever the client makes of it.
   *
   * @throws {McpRefusedError}
   */
  async call<R>(send: (client: Client) => Promise<R>): Promise<R> {
    const call: { refusal?: McpRefusedError } = {};
    return this.#calls.run(call, async () => {
      try {
        return await send(await this.client());
      } catch (error) {
        throw call.refusal ?? error;
      }
    });
  }

  async close(): Promise<void> {
    const connecting = this.#client;
    this.#client = undefined;
    const client = await connecting?.catch(() => undefined);
    await client?.close();
  }

  async #connect(): Promise<Client> {
    const { url, era, capabilities = ELICITATION, elicit } = this.parts;
    const client = new Client(CLIENT, {
      capabilities,
      versionNegotiation: { mode: era === 'modern' ? { pin: MODERN } : 'legacy' },
    });
    if (capabilities.elicitation) {
      client.setRequestHandler('elicitation/create', ({ params }) => elicit(params));
    }
    const transport = new StreamableHTTPClientTransport(new URL(url), {
      fetch: (target, init) => this.#send(target, init),
    });
    try {
      await client.connect(transport);
    } catch (error) {
      // The next call starts anew: what refused this one may be over by then.
      this.#client = undefined;
      await client.close().catch(() => undefined);
      throw error;
    }
    return client;
  }

  async #send(url: string | URL, init?: RequestInit): Promise<Response> {
    const response = await this.parts.fetch(url, init);
    const call = this.#calls.getStore();
    if (call && response.status >= 400 && init?.method === 'POST') {
      call.refusal = await McpRefusedError.from(response.clone());
    }
    return response;
  }
}

const CLIENT = { name: 'nestjs-clerk-mcp/testing', version: '1.0.0' };
const MODERN = '2026-07-28';
const ELICITATION: ClientCapabilities = { elicitation: { form: {}, url: {} } };

/** `modern`: the revision 2026-07-28. `legacy`: 2025-11-25, on a session. */
export type Era = 'modern' | 'legacy';

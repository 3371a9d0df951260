import { AsyncLocalStorage } from 'node:async_hooks';
import {
  Client,
  StreamableHTTPClientTransport,
  type ClientCapabilities,
  type ElicitRequestParams,
  type ElicitResult,
} from '@modelcontextprotocol/client';
import { MODERN } from '../../mcp/protocol/revisions.js';
import type { Fetch } from '../transport/in-process-fetch.js';
import { McpRefusedError } from '../testing.errors.js';

/**
 * The official client of one caller. It connects at the first call and reports HTTP refusals of the
 * server as {@link McpRefusedError}.
 */
export class Connection {
  readonly #calls = new AsyncLocalStorage<{ refusal?: McpRefusedError }>();
  #client: Promise<Client> | undefined;

  constructor(private readonly parts: ConnectionParts) {}

  client(): Promise<Client> {
    this.#client ??= this.#connect();
    return this.#client;
  }

  /**
   * Sends a request with the client.
   *
   * @throws {McpRefusedError} the server refused the request with an HTTP status; it replaces the error
   *   that the client throws
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
      // The next call connects again, since the cause of this failure may be gone by then.
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

interface ConnectionParts {
  readonly url: string;
  readonly era: Era;
  /** Sends a request as the caller. */
  readonly fetch: Fetch;
  readonly capabilities: ClientCapabilities | undefined;
  /** Answers an elicitation for the user. */
  readonly elicit: (question: ElicitRequestParams) => Promise<ElicitResult>;
}

const CLIENT = { name: 'nestjs-clerk-mcp/testing', version: '1.0.0' };
const ELICITATION: ClientCapabilities = { elicitation: { form: {}, url: {} } };

/** Protocol revision of a caller. `modern`: 2026-07-28. `legacy`: 2025-11-25, with a session. */
export type Era = 'modern' | 'legacy';

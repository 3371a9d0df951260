import { AsyncLocalStorage } from 'node:async_hooks';
import type { Type } from '@nestjs/common';
import {
  Client,
  StreamableHTTPClientTransport,
  type ClientCapabilities,
  type Progress,
  type Prompt,
  type Resource,
  type ResourceTemplateType,
  type Tool,
} from '@modelcontextprotocol/client';
import type { Endpoint } from '../endpoint.js';
import type { Credential } from '../sign-in/issue-credential.js';
import type { Fetch } from '../transport/in-process-fetch.js';
import { McpRefusedError } from './mcp-refused.error.js';
import { Questions, type Answering, type AskedQuestion, type UserAnswer } from './questions.js';
import { PromptResult, ResourceResult, ToolResult } from './results.js';
import type { Arguments, MethodName, OutputOf, InputOf } from './tool-types.js';

/** `modern`: the revision 2026-07-28. `legacy`: 2025-11-25, on a session. */
export type Era = 'modern' | 'legacy';

/** How a caller speaks. */
export interface CallerOptions {
  /** Default: that of the test, which is `modern` unless it says otherwise. */
  readonly era?: Era;
  /** Path of the endpoint, for an application with several. Default: the first. */
  readonly endpoint?: string;
  /** What the client says it can do. Default: elicitation, by form and by page. */
  readonly capabilities?: ClientCapabilities;
  /** Headers of every request. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** How one call is made. */
export interface CallOptions {
  /** Answers to what the server asks during this call, in order, or one function for all. */
  readonly answers?: readonly (UserAnswer | Answering)[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Goes into `_meta` of the request. */
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** What {@link McpCaller} is made of. */
export interface CallerParts {
  readonly endpoint: Endpoint;
  readonly era: Era;
  readonly fetch: Fetch;
  readonly credential: Credential | undefined;
  readonly options: CallerOptions;
}

/**
 * Somebody who calls the server, through the official client. What the server refuses with an HTTP
 * status rejects with {@link McpRefusedError}; an error of the protocol with `ProtocolError` of the
 * client; the error of a tool is a result.
 */
export class McpCaller implements AsyncDisposable {
  /** The access token; absent for an anonymous caller. */
  readonly token: string | undefined;
  /** Id of the user. */
  readonly userId: string | undefined;
  /** Id of the organization that the credential acts in. */
  readonly organizationId: string | undefined;
  readonly era: Era;
  readonly #calls = new AsyncLocalStorage<{ refusal?: McpRefusedError }>();
  readonly #questions = new Questions();
  #connection: Promise<Client> | undefined;

  constructor(private readonly parts: CallerParts) {
    this.token = parts.credential?.token;
    this.userId = parts.credential?.userId;
    this.organizationId = parts.credential?.organizationId;
    this.era = parts.era;
  }

  /** Everything that the server has asked the user, in order. */
  get asked(): readonly AskedQuestion[] {
    return this.#questions.asked;
  }

  /** How the user answers from now on: in this order, or by one function. */
  answers(...answers: readonly (UserAnswer | Answering)[]): this {
    this.#questions.prepare(answers);
    return this;
  }

  /**
   * Calls a tool: by the method that it is, which says what goes in and what comes out, or by name.
   *
   * @throws {McpRefusedError} the server turned the request away
   */
  callTool<T extends object, M extends MethodName<T>>(
    type: Type<T>,
    method: M,
    ...rest: [...InputOf<T, M>, options?: CallOptions]
  ): Promise<ToolResult<OutputOf<T, M>>>;
  callTool<Output = unknown>(
    name: string,
    args?: Arguments,
    options?: CallOptions,
  ): Promise<ToolResult<Output>>;
  async callTool(
    target: string | Type<object>,
    ...rest: readonly unknown[]
  ): Promise<ToolResult<unknown>> {
    const [name, args, options] =
      typeof target === 'string'
        ? [target, ...rest]
        : [this.parts.endpoint.toolOf(target, String(rest[0])), ...rest.slice(1)];
    // The overloads say which is which.
    return this.#callTool(name, (args ?? {}) as Arguments, options as CallOptions | undefined);
  }

  /** @throws {McpRefusedError} */
  async readResource(uri: string, options: CallOptions = {}): Promise<ResourceResult> {
    const raw = await this.#call(options, (client, request) =>
      client.readResource({ uri, ...metaOf(options) }, { ...request, cacheMode: 'bypass' }),
    );
    return new ResourceResult(raw);
  }

  /** @throws {McpRefusedError} */
  async getPrompt(
    name: string,
    args: Readonly<Record<string, string>> = {},
    options: CallOptions = {},
  ): Promise<PromptResult> {
    const raw = await this.#call(options, (client, request) =>
      client.getPrompt({ name, arguments: { ...args }, ...metaOf(options) }, request),
    );
    return new PromptResult(raw);
  }

  /** Every tool that this caller may call. */
  async listTools(): Promise<readonly Tool[]> {
    return (await this.#list((client) => client.listTools({}, BYPASS))).tools;
  }

  /** Every resource that this caller may read. */
  async listResources(): Promise<readonly Resource[]> {
    return (await this.#list((client) => client.listResources({}, BYPASS))).resources;
  }

  /** Every resource template that this caller may read from. */
  async listResourceTemplates(): Promise<readonly ResourceTemplateType[]> {
    return (await this.#list((client) => client.listResourceTemplates({}, BYPASS)))
      .resourceTemplates;
  }

  /** Every prompt that this caller may get. */
  async listPrompts(): Promise<readonly Prompt[]> {
    return (await this.#list((client) => client.listPrompts({}, BYPASS))).prompts;
  }

  /** Proposals for an argument of a prompt, or a variable of a resource template. */
  async complete(
    target: { readonly prompt: string } | { readonly uriTemplate: string },
    argument: { readonly name: string; readonly value: string },
    others: Readonly<Record<string, string>> = {},
  ): Promise<readonly string[]> {
    const ref =
      'prompt' in target
        ? { type: 'ref/prompt' as const, name: target.prompt }
        : { type: 'ref/resource' as const, uri: target.uriTemplate };
    const { completion } = await this.#list((client) =>
      client.complete({ ref, argument, context: { arguments: { ...others } } }),
    );
    return completion.values;
  }

  /** The official client, connected, for everything that has no method here. */
  client(): Promise<Client> {
    this.#connection ??= this.#connect();
    return this.#connection;
  }

  /**
   * Sends any HTTP request as this caller, such as one to a controller.
   *
   * @param path below the origin of the application, or a whole URL
   */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const { endpoint, fetch, options } = this.parts;
    const headers = new Headers(init.headers);
    for (const [name, value] of Object.entries(options.headers ?? {})) headers.set(name, value);
    if (this.token !== undefined) headers.set('authorization', `Bearer ${this.token}`);
    return fetch(new URL(path, endpoint.url).href, { redirect: 'manual', ...init, headers });
  }

  /** Ends the connection. The test does it too, when it ends. */
  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    const client = await connection?.catch(() => undefined);
    await client?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #callTool(
    name: string,
    args: Arguments,
    options: CallOptions = {},
  ): Promise<ToolResult<unknown>> {
    const raw = await this.#call(options, (client, request) =>
      client.callTool({ name, arguments: { ...args }, ...metaOf(options) }, request),
    );
    return new ToolResult(name, raw);
  }

  #list<R>(ask: (client: Client) => Promise<R>): Promise<R> {
    return this.#call({}, ask);
  }

  async #call<R>(
    { answers, signal, onProgress }: CallOptions,
    send: (client: Client, request: RequestParts) => Promise<R>,
  ): Promise<R> {
    if (answers) this.#questions.prepare(answers);
    const request = { ...(signal && { signal }), ...(onProgress && { onprogress: onProgress }) };
    const call: { refusal?: McpRefusedError } = {};
    return this.#calls.run(call, async () => {
      try {
        const result = await send(await this.client(), request);
        this.#questions.assertAnswered();
        return result;
      } catch (error) {
        this.#questions.assertAnswered();
        throw call.refusal ?? error;
      }
    });
  }

  async #connect(): Promise<Client> {
    const { endpoint, era, options } = this.parts;
    const client = new Client(CLIENT, {
      capabilities: options.capabilities ?? ELICITATION,
      versionNegotiation: { mode: era === 'modern' ? { pin: MODERN } : 'legacy' },
    });
    if (!options.capabilities || options.capabilities.elicitation) {
      client.setRequestHandler('elicitation/create', ({ params }) =>
        this.#questions.answer(params),
      );
    }
    const transport = new StreamableHTTPClientTransport(new URL(endpoint.url), {
      fetch: (url, init) => this.#send(url, init),
    });
    try {
      await client.connect(transport);
    } catch (error) {
      // The next call starts anew: what refused this one may be over by then.
      this.#connection = undefined;
      await client.close().catch(() => undefined);
      throw error;
    }
    return client;
  }

  async #send(url: string | URL, init?: RequestInit): Promise<Response> {
    const response = await this.fetch(String(url), init);
    const call = this.#calls.getStore();
    if (call && response.status >= 400 && init?.method === 'POST') {
      call.refusal = await McpRefusedError.from(response.clone());
    }
    return response;
  }
}

type RequestParts = { readonly signal?: AbortSignal; readonly onprogress?: (p: Progress) => void };

const CLIENT = { name: 'nestjs-clerk-mcp/testing', version: '1.0.0' };
const MODERN = '2026-07-28';
const ELICITATION: ClientCapabilities = { elicitation: { form: {}, url: {} } };
/** The server may let clients keep an answer for a while; a test wants the one of now. */
const BYPASS = { cacheMode: 'bypass' } as const;

function metaOf({ meta }: CallOptions): { readonly _meta?: Record<string, unknown> } {
  return meta ? { _meta: { ...meta } } : {};
}

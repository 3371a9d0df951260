import type { Type } from '@nestjs/common';
import type {
  Client,
  ClientCapabilities,
  Progress,
  Prompt,
  Resource,
  ResourceTemplateType,
  Tool,
} from '@modelcontextprotocol/client';
import type { Endpoint } from '../endpoint.js';
import type { Credential } from '../sign-in/issue-credential.js';
import type { Fetch } from '../transport/in-process-fetch.js';
import { Connection, type Era } from './connection.js';
import { Questions, type Answering, type AskedQuestion, type UserAnswer } from './questions.js';
import {
  PromptResult,
  ResourceResult,
  ToolResult,
  noteVisibility,
  type Arguments,
  type MethodName,
  type OutputOf,
  type InputOf,
} from './results.js';

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
  /** IP address that in-process requests come from. Default: one of its own for each caller. */
  readonly address?: string;
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
  /** IP address. */
  readonly address: string;
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
  readonly #questions = new Questions();
  readonly #connection: Connection;

  constructor(private readonly parts: CallerParts) {
    this.token = parts.credential?.token;
    this.userId = parts.credential?.userId;
    this.organizationId = parts.credential?.organizationId;
    this.era = parts.era;
    this.#connection = new Connection({
      url: parts.endpoint.url,
      era: parts.era,
      fetch: (url, init) => this.fetch(String(url), init),
      capabilities: parts.options.capabilities,
      elicit: (question) => this.#questions.answer(question),
    });
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
    const raw = await this.#callEntry(
      options,
      () => this.#seesResource(uri),
      (client, request) =>
        client.readResource({ uri, ...metaOf(options) }, { ...request, ...BYPASS }),
    );
    return new ResourceResult(raw);
  }

  /** @throws {McpRefusedError} */
  async getPrompt(
    name: string,
    args: Readonly<Record<string, string>> = {},
    options: CallOptions = {},
  ): Promise<PromptResult> {
    const raw = await this.#callEntry(
      options,
      async () => (await this.listPrompts()).some((prompt) => prompt.name === name),
      (client, request) =>
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
    return this.#connection.client();
  }

  /**
   * Sends any HTTP request as this caller, such as one to a controller.
   *
   * @param path below the origin of the application, or a whole URL
   */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const { endpoint, fetch, options, address } = this.parts;
    const headers = new Headers(init.headers);
    for (const [name, value] of Object.entries(options.headers ?? {})) headers.set(name, value);
    if (this.token !== undefined) headers.set('authorization', `Bearer ${this.token}`);
    return fetch(
      new URL(path, endpoint.url).href,
      { redirect: 'manual', ...init, headers },
      address,
    );
  }

  /** Ends the connection. The test does it too, when it ends. */
  close(): Promise<void> {
    return this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #callTool(
    name: string,
    args: Arguments,
    options: CallOptions = {},
  ): Promise<ToolResult<unknown>> {
    const isListed = async () => (await this.listTools()).some((tool) => tool.name === name);
    const raw = await this.#callEntry(options, isListed, (client, request) =>
      client.callTool({ name, arguments: { ...args }, ...metaOf(options) }, request),
    );
    const result = new ToolResult(name, raw);
    noteVisibility(result, isListed);
    return result;
  }

  async #seesResource(uri: string): Promise<boolean> {
    const key = this.parts.endpoint.catalog.resourceAt(uri)?.entry.key;
    const [resources, templates] = [await this.listResources(), await this.listResourceTemplates()];
    return [...resources.map((one) => one.uri), ...templates.map((one) => one.uriTemplate)].some(
      (listed) => listed === key,
    );
  }

  async #callEntry<R>(
    options: CallOptions,
    isListed: () => Promise<boolean>,
    send: (client: Client, request: RequestParts) => Promise<R>,
  ): Promise<R> {
    try {
      return await this.#call(options, send);
    } catch (error) {
      if (error instanceof Error) noteVisibility(error, isListed);
      throw error;
    }
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
    try {
      return await this.#connection.call((client) => send(client, request));
    } finally {
      this.#questions.assertAnswered();
    }
  }
}

type RequestParts = { readonly signal?: AbortSignal; readonly onprogress?: (p: Progress) => void };

/** The server may let clients keep an answer for a while; a test wants the one of now. */
const BYPASS = { cacheMode: 'bypass' } as const;

function metaOf({ meta }: CallOptions): { readonly _meta?: Record<string, unknown> } {
  return meta ? { _meta: { ...meta } } : {};
}

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
import { ignoreSignInMode } from '../../mcp/http/in-process-caller.js';
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

/**
 * A caller of the server, anonymous or signed in, who uses the official MCP client. A call rejects with
 * {@link McpRefusedError} when the server refuses it with an HTTP status, and with `ProtocolError` of
 * the client when the server answers a JSON-RPC error. A tool error is a result with `isError`.
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
      // What an anonymous caller may use depends on the access rules, not on when clients sign in.
      fetch: (url, init) =>
        this.#send(String(url), init, parts.credential ? undefined : ignoreSignInMode),
      capabilities: parts.options.capabilities,
      elicit: (question) => this.#questions.answer(question),
    });
  }

  /** All questions that the server has asked the user, in order. */
  get asked(): readonly AskedQuestion[] {
    return this.#questions.asked;
  }

  /** Sets the answers of the user for the next questions: values in order, or one function for all. */
  answers(...answers: readonly (UserAnswer | Answering)[]): this {
    this.#questions.prepare(answers);
    return this;
  }

  /**
   * Calls a tool, by class and method or by name. With class and method, the types of the input and of
   * the output come from the method.
   *
   * @throws {McpRefusedError} the server refused the request with an HTTP status
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
    // The overloads guarantee these types.
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

  /** Every resource template that this caller may read. */
  async listResourceTemplates(): Promise<readonly ResourceTemplateType[]> {
    return (await this.#list((client) => client.listResourceTemplates({}, BYPASS)))
      .resourceTemplates;
  }

  /** Every prompt that this caller may get. */
  async listPrompts(): Promise<readonly Prompt[]> {
    return (await this.#list((client) => client.listPrompts({}, BYPASS))).prompts;
  }

  /** Completion values for an argument of a prompt or a variable of a resource template. */
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

  /** The connected official client, for requests that this class has no method for. */
  client(): Promise<Client> {
    return this.#connection.client();
  }

  /**
   * Sends an HTTP request with the token of this caller, for example to a controller. A request to the
   * endpoint is subject to its sign-in mode (`signIn`), as that of any client.
   *
   * @param path path on the origin of the application, or an absolute URL
   */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return this.#send(path, init);
  }

  /** Closes the connection. `McpTest.close()` closes it as well. */
  close(): Promise<void> {
    return this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @param mark marks the server's end of a connection in memory */
  #send(path: string, init: RequestInit = {}, mark?: (socket: object) => void): Promise<Response> {
    const { endpoint, fetch, options, address } = this.parts;
    const headers = new Headers(init.headers);
    for (const [name, value] of Object.entries(options.headers ?? {})) headers.set(name, value);
    if (this.token !== undefined) headers.set('authorization', `Bearer ${this.token}`);
    return fetch(
      new URL(path, endpoint.url).href,
      { redirect: 'manual', ...init, headers },
      address,
      mark,
    );
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

  #list<R>(send: (client: Client) => Promise<R>): Promise<R> {
    return this.#call({}, send);
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

/** Options of a caller. */
export interface CallerOptions {
  /** Protocol era. Default: `era` of the test, which defaults to `modern`. */
  readonly era?: Era;
  /** Path of the endpoint, for an application with several endpoints. Default: the first one. */
  readonly endpoint?: string;
  /** Capabilities that the client declares. Default: elicitation by form and by URL. */
  readonly capabilities?: ClientCapabilities;
  /** Headers that are added to every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Remote IP address of in-process requests. Default: a different address for each caller. */
  readonly address?: string;
}

/** Options of one call. */
export interface CallOptions {
  /** Answers to the questions of the server during this call, in order, or one function for all. */
  readonly answers?: readonly (UserAnswer | Answering)[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Members of `_meta` of the request. */
  readonly meta?: Readonly<Record<string, unknown>>;
}

interface CallerParts {
  readonly endpoint: Endpoint;
  readonly era: Era;
  readonly fetch: Fetch;
  readonly credential: Credential | undefined;
  readonly options: CallerOptions;
  /** IP address. */
  readonly address: string;
}

type RequestParts = { readonly signal?: AbortSignal; readonly onprogress?: (p: Progress) => void };

/** Skips the response cache of the client, so that a test sees the current answer. */
const BYPASS = { cacheMode: 'bypass' } as const;

function metaOf({ meta }: CallOptions): { readonly _meta?: Record<string, unknown> } {
  return meta ? { _meta: { ...meta } } : {};
}

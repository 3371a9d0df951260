import {
  BAGGAGE_META_KEY,
  CLIENT_CAPABILITIES_META_KEY,
  DEFAULT_NEGOTIATED_PROTOCOL_VERSION,
  PROTOCOL_VERSION_META_KEY,
  TRACEPARENT_META_KEY,
  TRACESTATE_META_KEY,
  type AudioContent,
  type ClientCapabilities,
  type CreateMessageRequestParams,
  type EmbeddedResource,
  type ImageContent,
  type Implementation,
  type InputRequiredResult,
  type LoggingLevel,
  type RequestStateCodec,
} from '@modelcontextprotocol/server';
import { textMember } from '../../request/json-object.js';
import type { Principal } from '../../request/principal.js';
import { audioBlock, fileBlock, imageBlock, type McpFileOptions } from './content-blocks.js';
import {
  InputRounds,
  type Confirmation,
  type McpAnswer,
  type McpFormQuestion,
  type McpQuestion,
} from './input-rounds.js';
import type { McpSchema, Validated } from './schema.js';
import type { SdkPeer, SdkContext } from './sdk-context.js';

/** The parts of an {@link McpContext}. */
interface McpContextParts {
  /** The caller of the exchange. Its principal may be verified again while the call runs. */
  readonly caller: { readonly principal: Principal | undefined };
  readonly sdkContext: SdkContext;
  /** Id that the client gave to the request. Default: the id in `sdkContext`. */
  readonly requestId?: string | number | undefined;
  readonly server: SdkPeer;
  readonly states: RequestStateCodec;
  /** Name or URI of the called entry. */
  readonly target: string;
  /** URI of the resource that is read. */
  readonly uri?: string;
  /** The task of the call, if it is or may become one. */
  readonly task?: ContextTask;
  /** Aborts when the call times out. */
  readonly deadline?: AbortSignal;
}

/** The task of a call, for its context. */
interface ContextTask {
  /** `undefined` until the call has become a task. */
  id(): string | undefined;
  /** Makes the call a task. Resolves to the id of the task. */
  start(): Promise<string>;
}

/** W3C trace context of a call. */
export interface TraceContext {
  readonly traceparent?: string;
  readonly tracestate?: string;
  readonly baggage?: string;
}

/** The context of a call, for its handler: the caller, the client, progress, logs and questions. */
export class McpContext {
  readonly #parts: McpContextParts;
  readonly #rounds: InputRounds;
  #signal: AbortSignal | undefined;

  constructor(parts: McpContextParts) {
    this.#parts = parts;
    this.#rounds = new InputRounds(parts.sdkContext, parts.states, parts.target);
  }

  /** The caller, or `undefined` for an anonymous one. */
  get principal(): Principal | undefined {
    return this.#parts.caller.principal;
  }

  /** Id of the JSON-RPC request, unique within one client. */
  get requestId(): string | number {
    const { requestId, sdkContext } = this.#parts;
    return requestId ?? sdkContext.mcpReq.id;
  }

  /**
   * Aborts when the client cancels the call or disconnects, or when the call times out; in a task,
   * when the task is cancelled or expires, or the server shuts down. Pass it to everything that
   * waits.
   */
  get signal(): AbortSignal {
    const { sdkContext, deadline } = this.#parts;
    this.#signal ??= deadline
      ? AbortSignal.any([sdkContext.mcpReq.signal, deadline])
      : sdkContext.mcpReq.signal;
    return this.#signal;
  }

  /** @internal Whether the client has cancelled the call or disconnected. Creates no signal. */
  get isCancelled(): boolean {
    const { mcpReq } = this.#parts.sdkContext;
    return mcpReq.isCancelled ?? mcpReq.signal.aborted;
  }

  /** @internal Whether `signal` has aborted, or would have. Creates no signal. */
  get isAborted(): boolean {
    return this.isCancelled || this.#parts.deadline?.aborted === true;
  }

  /** @internal A context of the same call whose signal also aborts with this one. */
  abortedBy(signal: AbortSignal): McpContext {
    const { deadline: earlier } = this.#parts;
    const deadline = earlier ? AbortSignal.any([earlier, signal]) : signal;
    return new McpContext({ ...this.#parts, deadline });
  }

  /** URI of the resource that is read; empty for tools, prompts and completions. */
  get uri(): string {
    return this.#parts.uri ?? '';
  }

  /** Id of the task of the call; `undefined` if the call is not a task. */
  get taskId(): string | undefined {
    return this.#parts.task?.id();
  }

  /**
   * Makes the call a task, for a tool with `starts: 'by-handler'`: the client gets the task now,
   * and the handler runs on. Does nothing if the call is a task, or cannot become one.
   *
   * @returns whether the call is a task now
   * @throws {TooManyTasksError} the limit of tasks is reached
   */
  async startTask(): Promise<boolean> {
    return (await this.#parts.task?.start()) !== undefined;
  }

  /** Name and version that the client declares. Not verified. */
  get client(): Implementation | undefined {
    return this.#parts.server.server.getClientVersion();
  }

  /**
   * Capabilities that the client declares, such as `elicitation`, with each call or for its
   * session.
   */
  get clientCapabilities(): ClientCapabilities {
    const envelope: Record<string, unknown> = this.#parts.sdkContext.mcpReq.envelope ?? {};
    const declared = envelope[CLIENT_CAPABILITIES_META_KEY];
    // The SDK has checked the envelope before any handler runs.
    if (declared) return declared as ClientCapabilities;
    return this.#parts.server.server.getClientCapabilities() ?? {};
  }

  /** The protocol revision of this call, such as `2026-07-28`. */
  get protocolVersion(): string {
    const envelope: Record<string, unknown> = this.#parts.sdkContext.mcpReq.envelope ?? {};
    const claimed = envelope[PROTOCOL_VERSION_META_KEY];
    if (typeof claimed === 'string') return claimed;
    return (
      this.#parts.server.server.getNegotiatedProtocolVersion() ??
      DEFAULT_NEGOTIATED_PROTOCOL_VERSION
    );
  }

  /** @internal Whether the call is of 2026-07-28 or later, which has no sessions. */
  get isModern(): boolean {
    return this.protocolVersion >= MODERN;
  }

  /** Session of a 2025-era client; `undefined` in 2026-07-28, which has no sessions. */
  get sessionId(): string | undefined {
    return this.#parts.sdkContext.sessionId;
  }

  /** The trace of the client, as the parent of your own spans. */
  get trace(): TraceContext {
    const meta: Record<string, unknown> = this.#parts.sdkContext.mcpReq._meta ?? {};
    return {
      ...textMember('traceparent', meta[TRACEPARENT_META_KEY]),
      ...textMember('tracestate', meta[TRACESTATE_META_KEY]),
      ...textMember('baggage', meta[BAGGAGE_META_KEY]),
    };
  }

  /**
   * Reports progress to the client. Does nothing if the client did not ask for progress.
   *
   * @param progress must increase with each report
   * @param total final value of `progress`, if known
   */
  async progress(progress: number, total?: number, message?: string): Promise<void> {
    const { mcpReq } = this.#parts.sdkContext;
    const progressToken = mcpReq._meta?.progressToken;
    if (progressToken === undefined) return;
    await mcpReq.notify({
      method: 'notifications/progress',
      params: {
        progressToken,
        progress,
        ...(total !== undefined && { total }),
        ...(message !== undefined && { message }),
      },
    });
  }

  /** Sends a log message to the client, if it asked for this level. Not the log of the server. */
  async log(level: LoggingLevel, data: unknown, logger?: string): Promise<void> {
    await this.#parts.sdkContext.mcpReq.log(level, data, logger);
  }

  /**
   * Ends the stream of this call while the call goes on: a client with a 2025-11-25 session
   * reconnects for the answer. For work that outlives connections; does nothing for other clients.
   */
  closeStream(): void {
    this.#parts.sdkContext.http?.closeSSE?.();
  }

  /**
   * The form that the user accepted for this key, validated; `undefined` while there is none. The
   * handler is called again with each answer, so ask only for what is missing.
   *
   * @example
   * ```ts
   * const sure = context.accepted('sure', Sure);
   * if (!sure) return context.elicit('sure', { message: 'Delete it?', schema: Sure });
   * ```
   */
  accepted<S extends McpSchema>(key: string, schema: S): Validated<S> | undefined {
    return this.#rounds.accepted(key, schema);
  }

  /** The client's answer for this key. Not validated: validate it before use. */
  answer(key: string): McpAnswer {
    return this.#rounds.answer(key);
  }

  /**
   * The state that an earlier round passed to `ask(…, state)`. Signed, but readable by the client.
   */
  state<T>(): T | undefined {
    return this.#rounds.state<T>();
  }

  /** Asks the user to fill in a form. Return the result from the handler. */
  elicit(key: string, form: McpFormQuestion): Promise<InputRequiredResult> {
    return this.ask({ [key]: { form } });
  }

  /** Asks the model of the client. Return the result; `answer(key)` has the model's message. */
  sample(key: string, sample: CreateMessageRequestParams): Promise<InputRequiredResult> {
    return this.ask({ [key]: { sample } });
  }

  /** Asks several questions at once, with a state for the next round. Return the result. */
  ask(
    questions: Readonly<Record<string, McpQuestion>>,
    state?: unknown,
  ): Promise<InputRequiredResult> {
    return this.#rounds.ask(questions, state);
  }

  /**
   * A content block with an image, to return from a tool, alone or in a list.
   *
   * @throws {InvalidContentError} `data` is empty, over 32 MiB or not bytes; `mimeType` is no image
   * @example
   * ```ts
   * return ['The chart:', context.image(await render(), 'image/png')];
   * ```
   */
  image(data: Uint8Array, mimeType: string): ImageContent {
    return imageBlock(data, mimeType);
  }

  /** A content block with sound. @throws {InvalidContentError} as {@link image} */
  audio(data: Uint8Array, mimeType: string): AudioContent {
    return audioBlock(data, mimeType);
  }

  /** A content block with a file of bytes or text. @throws {InvalidContentError} as {@link image} */
  file(data: Uint8Array | string, options: McpFileOptions): EmbeddedResource {
    return fileBlock(data, options);
  }

  /** @internal The answer to the question of `@Confirm()` for arguments with this digest. */
  confirmation(digest: string): Confirmation {
    return this.#rounds.confirmation(digest);
  }

  /** @internal Asks the question of `@Confirm()`. */
  askToConfirm(digest: string, message: string): Promise<InputRequiredResult> {
    return this.#rounds.askToConfirm(digest, message);
  }
}

/** The first revision of requests without sessions. Revisions are dates, and sort as text. */
const MODERN = '2026-07-28';

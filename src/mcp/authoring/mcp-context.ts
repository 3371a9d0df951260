import {
  BAGGAGE_META_KEY,
  CLIENT_CAPABILITIES_META_KEY,
  DEFAULT_NEGOTIATED_PROTOCOL_VERSION,
  PROTOCOL_VERSION_META_KEY,
  TRACEPARENT_META_KEY,
  TRACESTATE_META_KEY,
  type ClientCapabilities,
  type CreateMessageRequestParams,
  type Implementation,
  type InputRequiredResult,
  type LoggingLevel,
  type RequestStateCodec,
} from '@modelcontextprotocol/server';
import type { Principal } from '../../request/principal.js';
import type { McpSchema, Validated } from './schema.js';
import { textMember } from '../../request/json-object.js';
import type { SdkPeer, SdkContext } from './sdk-context.js';
import {
  InputRounds,
  type McpAnswer,
  type McpFormQuestion,
  type McpQuestion,
} from './input-rounds.js';

/** What a context is made of. */
export interface McpContextParts {
  /** The caller of the exchange. Its principal may be verified anew while the call runs. */
  readonly caller: { readonly principal: Principal | undefined };
  readonly sdkContext: SdkContext;
  readonly server: SdkPeer;
  readonly states: RequestStateCodec;
  /** Name or URI of what is called. */
  readonly target: string;
  /** URI of the resource that is read. */
  readonly uri?: string;
  /** The task that the call is, or may become. */
  readonly task?: ContextTask;
  /** Aborts when the time of the call is over. */
  readonly deadline?: AbortSignal;
}

/** What a context knows of the task of its call. */
interface ContextTask {
  /** `undefined` until the call has become a task. */
  id(): string | undefined;
  /** Makes the call a task, and resolves to its id. */
  start(): Promise<string>;
}

/** W3C trace context that came with a call. */
export interface TraceContext {
  readonly traceparent?: string;
  readonly tracestate?: string;
  readonly baggage?: string;
}

/** What a handler may know of its call, and what it may say and ask while it runs. */
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
    return this.#parts.sdkContext.mcpReq.id;
  }

  /**
   * Aborts when the client cancels the call or goes away, or its time is over; in a task, when the
   * task is cancelled or expires, or the server shuts down. Hand it to everything that waits.
   */
  get signal(): AbortSignal {
    const { sdkContext, deadline } = this.#parts;
    // Made when somebody asks: most handlers never do.
    this.#signal ??= deadline
      ? AbortSignal.any([sdkContext.mcpReq.signal, deadline])
      : sdkContext.mcpReq.signal;
    return this.#signal;
  }

  /** @internal Whether the client took the call back or went away. Asking makes no signal. */
  get isCancelled(): boolean {
    const { mcpReq } = this.#parts.sdkContext;
    return mcpReq.isCancelled ?? mcpReq.signal.aborted;
  }

  /** @internal The same call, whose signal aborts with this one as well. */
  abortedBy(signal: AbortSignal): McpContext {
    const { deadline } = this.#parts;
    return new McpContext({
      ...this.#parts,
      deadline: deadline ? AbortSignal.any([deadline, signal]) : signal,
    });
  }

  /** URI of the resource that is read; empty for tools, prompts and completions. */
  get uri(): string {
    return this.#parts.uri ?? '';
  }

  /** Id of the task that the call is; `undefined` for a call that is none. */
  get taskId(): string | undefined {
    return this.#parts.task?.id();
  }

  /**
   * Makes the call a task, for a tool with `starts: 'by-handler'`: the client gets it now, and what
   * follows outlives the exchange. Does nothing for a call that is one, or that cannot be one.
   *
   * @returns whether the call is a task now
   * @throws {TooManyTasksError} there is no room for one more
   */
  async startTask(): Promise<boolean> {
    return (await this.#parts.task?.start()) !== undefined;
  }

  /** Name and version that the client gave of itself. Not verified. */
  get client(): Implementation | undefined {
    return this.#parts.server.server.getClientVersion();
  }

  /** What the client can do, such as `elicitation`; it says so with each call, or for its session. */
  get clientCapabilities(): ClientCapabilities {
    const envelope: Record<string, unknown> = this.#parts.sdkContext.mcpReq.envelope ?? {};
    const declared = envelope[CLIENT_CAPABILITIES_META_KEY];
    // The SDK has checked the envelope before any handler runs.
    if (declared) return declared as ClientCapabilities;
    return this.#parts.server.server.getClientCapabilities() ?? {};
  }

  /** The protocol revision that this call is served on, such as `2026-07-28`. */
  get protocolVersion(): string {
    const envelope: Record<string, unknown> = this.#parts.sdkContext.mcpReq.envelope ?? {};
    const claimed = envelope[PROTOCOL_VERSION_META_KEY];
    if (typeof claimed === 'string') return claimed;
    return (
      this.#parts.server.server.getNegotiatedProtocolVersion() ??
      DEFAULT_NEGOTIATED_PROTOCOL_VERSION
    );
  }

  /** Session of a 2025-era client; `undefined` in 2026-07-28, which has none. */
  get sessionId(): string | undefined {
    return this.#parts.sdkContext.sessionId;
  }

  /** The trace that the client takes part in, for spans of your own. */
  get trace(): TraceContext {
    const meta: Record<string, unknown> = this.#parts.sdkContext.mcpReq._meta ?? {};
    return {
      ...textMember('traceparent', meta[TRACEPARENT_META_KEY]),
      ...textMember('tracestate', meta[TRACESTATE_META_KEY]),
      ...textMember('baggage', meta[BAGGAGE_META_KEY]),
    };
  }

  /**
   * Tells the client how far the call is. Does nothing for a client that did not ask.
   *
   * @param progress grows with each report
   * @param total what `progress` ends at, where it is known
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

  /** Sends a log message to a client that asked for this level. It is not the log of the server. */
  async log(level: LoggingLevel, data: unknown, logger?: string): Promise<void> {
    await this.#parts.sdkContext.mcpReq.log(level, data, logger);
  }

  /**
   * Ends the stream of this call, while the call goes on: the client of a 2025-11-25 session comes back
   * for the answer. For work that outlives connections; does nothing for other clients.
   */
  closeStream(): void {
    this.#parts.sdkContext.http?.closeSSE?.();
  }

  /**
   * The form that the user filled in and accepted under this key, validated; `undefined` while there
   * is none. The handler is called again with each answer, so ask only for what is missing.
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

  /** Whatever the client answered under this key. It comes from outside: validate before use. */
  answer(key: string): McpAnswer {
    return this.#rounds.answer(key);
  }

  /** What an earlier round left with `ask(…, state)`. It is signed, and readable by the client. */
  state<T>(): T | undefined {
    return this.#rounds.state<T>();
  }

  /** Asks the user to fill in a form. Return the result. */
  elicit(key: string, form: McpFormQuestion): Promise<InputRequiredResult> {
    return this.ask({ [key]: { form } });
  }

  /** Asks the model of the client. Return the result; `answer(key)` has what it said. */
  sample(key: string, sample: CreateMessageRequestParams): Promise<InputRequiredResult> {
    return this.ask({ [key]: { sample } });
  }

  /** Asks several questions at once, and leaves a state for the next round. Return the result. */
  ask(
    questions: Readonly<Record<string, McpQuestion>>,
    state?: unknown,
  ): Promise<InputRequiredResult> {
    return this.#rounds.ask(questions, state);
  }
}

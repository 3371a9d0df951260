import type { NodeHttp } from '../server/sdk-path.js';
import { andThen, type MaybePromise } from '../../request/value-or-promise.js';
import type { SdkContext, SdkPeer } from '../authoring/sdk-context.js';
import { type McpExchange, type RunningCall, toAuthInfo } from '../invocation/mcp-exchange.js';
import { toWireResult } from '../invocation/tool-result.js';
import { whenClosed } from '../server/node-response.js';
import type { FastRequest } from './fast-request.js';
import type { FastOutcome } from './fast-entries.js';
import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  PROTOCOL_VERSION_META_KEY,
  type AuthInfo,
  type ClientCapabilities,
  type Implementation,
  type LoggingLevel,
  type Notification,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { ENVELOPE } from './result-json.js';

/** An HTTP exchange on the fast path. */
export interface FastCallParts extends NodeHttp {
  readonly fastRequest: FastRequest;
  readonly exchange: McpExchange;
  /** Session of a 2025-era client, which hears what a handler says before its result. */
  readonly sessionId: string | undefined;
}

/**
 * A call that runs without the SDK. Where its handler wants more than to return, and there is a
 * session whose client hears of it, the SDK takes the exchange over while the handler runs.
 */
export class FastCall implements RunningCall {
  /** Milliseconds since the epoch. */
  readonly startedAt = Date.now();
  readonly exchange: McpExchange;
  readonly serving: SdkContext;
  /** Resolves when the SDK has answered, where it does. */
  answered: Promise<void> | undefined;
  private outcome: MaybePromise<FastOutcome> | undefined;
  private controller: AbortController | undefined;
  private takingOver: Promise<SdkContext | undefined> | undefined;
  private joined: ((serving: SdkContext) => void) | undefined;
  private isJoined = false;
  /** What the SDK knows of the call, once it has taken it over. */
  private carrier: SdkContext | undefined;

  /** @param sdkPath lets the SDK answer the exchange; resolves when it has */
  constructor(
    readonly parts: FastCallParts,
    private readonly sdkPath: (call: FastCall) => Promise<void>,
  ) {
    this.exchange = parts.exchange;
    this.exchange.running = this;
    this.serving = new FastSdkContext(this);
  }

  get isDirect(): boolean {
    return this.takingOver === undefined;
  }

  /** Aborts when the client cancels the call or goes away. Costs nothing until it is asked for. */
  get signal(): AbortSignal {
    if (this.controller) return this.controller.signal;
    const controller = new AbortController();
    this.controller = controller;
    const { response, sessionId } = this.parts;
    if (sessionId === undefined) {
      whenClosed(response, () => response.writableFinished || controller.abort());
    } else {
      void this.takeOver().then((serving) => follow(controller, serving?.mcpReq.signal));
    }
    return controller.signal;
  }

  /** Whether the client has taken the call back, or gone away. Asking costs nothing. */
  get isCancelled(): boolean {
    if (this.controller) return this.controller.signal.aborted;
    if (this.carrier) return this.carrier.mcpReq.signal.aborted;
    const { response, sessionId } = this.parts;
    return sessionId === undefined && response.destroyed && !response.writableFinished;
  }

  /** Starts the handler. What is thrown at once is thrown later: there is one way to hear of it. */
  start(run: () => MaybePromise<FastOutcome>): MaybePromise<FastOutcome> {
    try {
      this.outcome = run();
    } catch (error) {
      this.outcome = rejected(error);
    }
    return this.outcome;
  }

  /** Says something to the client before the result; without a session nobody hears it. */
  async say(speak: (serving: SdkContext) => Promise<void> | void): Promise<void> {
    if (this.parts.sessionId === undefined) return;
    const serving = await this.takeOver();
    if (serving) await speak(serving);
  }

  /** Hands the exchange to the SDK. Resolves to `undefined` where the SDK turns it down. */
  takeOver(): Promise<SdkContext | undefined> {
    this.takingOver ??= new Promise((resolve) => {
      this.joined = resolve;
      this.answered = this.sdkPath(this).finally(() => resolve(undefined));
    });
    return this.takingOver;
  }

  join(serving: SdkContext): MaybePromise<unknown> | undefined {
    if (this.isJoined) return undefined;
    this.isJoined = true;
    this.carrier = serving;
    this.joined?.(serving);
    return this.outcome && andThen<FastOutcome, unknown>(this.outcome, toWireResult);
  }

  abort(): void {
    this.controller?.abort();
  }
}

async function rejected(error: unknown): Promise<never> {
  throw error;
}

function follow(controller: AbortController, signal: AbortSignal | undefined): void {
  if (!signal || signal.aborted) controller.abort(signal?.reason);
  else signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true });
}

type Message = ServerContext['mcpReq'];

/** What the context of a handler reads of a call on the fast path, in place of the SDK's `ServerContext`. */
export class FastSdkContext implements SdkContext {
  readonly mcpReq: SdkContext['mcpReq'];

  constructor(private readonly call: FastCall) {
    this.mcpReq = new FastMessage(call);
  }

  get sessionId(): string | undefined {
    return this.call.parts.sessionId;
  }

  get http(): { readonly authInfo: AuthInfo; readonly closeSSE: () => void } {
    return {
      authInfo: toAuthInfo(this.call.parts.exchange),
      closeSSE: () => {
        void this.call.say((serving) => serving.http?.closeSSE?.());
      },
    };
  }
}

class FastMessage {
  constructor(private readonly call: FastCall) {}

  get id(): string | number {
    return this.call.parts.fastRequest.id;
  }

  get method(): string {
    return this.call.parts.fastRequest.method;
  }

  /** Without what is of the protocol, as handlers of the SDK see it. */
  get _meta(): Message['_meta'] | undefined {
    const own = Object.entries(this.call.parts.fastRequest.message.meta ?? {}).filter(
      ([key]) => !ENVELOPE.has(key),
    );
    return own.length > 0 ? Object.fromEntries(own) : undefined;
  }

  get envelope(): Message['envelope'] | undefined {
    const { era, message } = this.call.parts.fastRequest;
    // It was checked by the SDK, or is the same as one that was.
    return era === 'modern' ? (message.meta as Message['envelope']) : undefined;
  }

  get signal(): AbortSignal {
    return this.call.signal;
  }

  get isCancelled(): boolean {
    return this.call.isCancelled;
  }

  requestState<T>(): T | undefined {
    return undefined;
  }

  notify(notification: Notification): Promise<void> {
    return this.call.say((serving) => serving.mcpReq.notify(notification));
  }

  log(level: LoggingLevel, data: unknown, logger?: string): Promise<void> {
    return this.call.say((serving) => serving.mcpReq.log(level, data, logger));
  }
}

/** The client of a request without a session: what it says of itself in the request. */
export class FastPeer implements SdkPeer {
  constructor(private readonly meta: Readonly<Record<string, unknown>> | undefined) {}

  get server(): SdkPeer['server'] {
    return this;
  }

  // The envelope was checked by the SDK, or is the same as one that was.
  getClientVersion(): Implementation | undefined {
    return this.meta?.[CLIENT_INFO_META_KEY] as Implementation | undefined;
  }

  getClientCapabilities(): ClientCapabilities | undefined {
    return this.meta?.[CLIENT_CAPABILITIES_META_KEY] as ClientCapabilities | undefined;
  }

  getNegotiatedProtocolVersion(): string | undefined {
    return this.meta?.[PROTOCOL_VERSION_META_KEY] as string | undefined;
  }
}

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
import { andThen, type MaybePromise } from '../../request/value-or-promise.js';
import type { SdkContext, SdkPeer } from '../authoring/sdk-context.js';
import { type McpExchange, type RunningCall, toAuthInfo } from '../invocation/mcp-exchange.js';
import { toWireResult } from '../invocation/tool-result.js';
import type { AcceptedTypes } from '../protocol/accepted-types.js';
import type { CallInFlight } from '../server/calls-in-flight.js';
import { endUnanswered, whenClosed } from '../server/node-response.js';
import type { NodeHttp } from '../server/sdk-exchange.js';
import { FastFailure, type FastOutcome } from './fast-entries.js';
import type { FastRequest } from './fast-request.js';
import { ENVELOPE } from './result-json.js';

/** An HTTP exchange on the fast path. */
interface FastCallParts extends NodeHttp {
  readonly fastRequest: FastRequest;
  readonly exchange: McpExchange;
  /**
   * Session of a 2025-era client, which gets the notifications that a handler sends before its
   * result.
   */
  readonly sessionId: string | undefined;
  readonly accepted: AcceptedTypes;
  /** Beat of the heartbeat in which the call began. */
  readonly startedAt: number;
}

/**
 * A call that runs without the SDK. If its handler sends a notification and the client has a
 * session, the SDK takes the exchange over while the handler runs.
 */
export class FastCall implements RunningCall, CallInFlight {
  readonly exchange: McpExchange;
  readonly sdkContext: SdkContext;
  /** Resolves when the SDK has answered; `undefined` while the call is on the fast path. */
  sdkAnswered: Promise<void> | undefined;
  /** Called when the call leaves the fast path: it was cancelled, or the SDK has taken it over. */
  onleave: (() => void) | undefined;
  private outcome: MaybePromise<FastOutcome> | undefined;
  private controller: AbortController | undefined;
  private takingOver: Promise<SdkContext | undefined> | undefined;
  private resolveTakeOver: ((sdkContext: SdkContext) => void) | undefined;
  private isJoined = false;
  /** The context of the SDK itself, once it has taken the call over. */
  private joinedContext: SdkContext | undefined;
  /** Whether the client has cancelled the call with `notifications/cancelled`. */
  wasCancelled = false;

  /** @param sdkPath lets the SDK answer the exchange; resolves when it has */
  constructor(
    readonly parts: FastCallParts,
    private readonly sdkPath: (call: FastCall) => Promise<void>,
  ) {
    this.exchange = parts.exchange;
    this.exchange.running = this;
    this.sdkContext = new FastSdkContext(this);
  }

  get arrival(): number {
    return this.exchange.arrival ?? 0;
  }

  get isOnFastPath(): boolean {
    return this.takingOver === undefined;
  }

  /** Aborts when the client cancels the call or disconnects. Created on first use. */
  get signal(): AbortSignal {
    if (this.controller) return this.controller.signal;
    const controller = new AbortController();
    this.controller = controller;
    if (this.wasCancelled) {
      controller.abort();
      return controller.signal;
    }
    const { response, sessionId } = this.parts;
    if (sessionId === undefined) {
      whenClosed(response, () => response.writableFinished || controller.abort());
      if (this.joinedContext) follow(controller, this.joinedContext.mcpReq.signal);
    } else {
      void this.takeOver().then((sdkContext) => follow(controller, sdkContext?.mcpReq.signal));
    }
    return controller.signal;
  }

  /** Whether the client has cancelled the call or disconnected. Does not create the signal. */
  get isCancelled(): boolean {
    if (this.wasCancelled) return true;
    if (this.controller) return this.controller.signal.aborted;
    if (this.joinedContext) return this.joinedContext.mcpReq.signal.aborted;
    const { response, sessionId } = this.parts;
    return sessionId === undefined && response.destroyed && !response.writableFinished;
  }

  /** Starts the handler. What it throws becomes a failure, or else a rejected promise. */
  start(run: () => MaybePromise<FastOutcome>): MaybePromise<FastOutcome> {
    try {
      this.outcome = run();
    } catch (error) {
      this.outcome = FastFailure.of(error) ?? rejected(error);
    }
    return this.outcome;
  }

  /** Sends something to the client before the result. Without a session it is dropped. */
  async sendBeforeResult(send: (sdkContext: SdkContext) => Promise<void> | void): Promise<void> {
    if (this.parts.sessionId === undefined || this.wasCancelled) return;
    const sdkContext = await this.takeOver();
    if (sdkContext) await send(sdkContext);
  }

  /** Hands the exchange to the SDK. Resolves to `undefined` if the SDK refuses it. */
  takeOver(): Promise<SdkContext | undefined> {
    this.takingOver ??= new Promise((resolve) => {
      this.resolveTakeOver = resolve;
      this.sdkAnswered = this.sdkPath(this).finally(() => resolve(undefined));
    });
    return this.takingOver;
  }

  join(sdkContext: SdkContext): MaybePromise<unknown> | undefined {
    if (this.isJoined) return undefined;
    this.isJoined = true;
    this.joinedContext = sdkContext;
    // On a session the signal follows the one of the SDK already.
    if (this.controller && this.parts.sessionId === undefined) {
      follow(this.controller, sdkContext.mcpReq.signal);
    }
    this.resolveTakeOver?.(sdkContext);
    this.onleave?.();
    const { outcome } = this;
    if (outcome instanceof FastFailure) return rejected(outcome.error);
    return outcome && andThen<FastOutcome, unknown>(outcome, toWireResult);
  }

  abort(): void {
    this.controller?.abort();
  }

  /**
   * Ends the response, and drops what the handler still sends. Once the SDK has taken the call
   * over, the transport does that.
   */
  cancel(): void {
    this.wasCancelled = true;
    if (!this.isOnFastPath) return;
    endUnanswered(this.parts.response, this.parts.sessionId);
    this.abort();
    this.onleave?.();
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

/** The context of a call on the fast path, in place of the SDK's `ServerContext`. */
class FastSdkContext implements SdkContext {
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
        void this.call.sendBeforeResult((sdkContext) => sdkContext.http?.closeSSE?.());
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

  /** Without the keys of the envelope, as the SDK passes it to handlers. */
  get _meta(): Message['_meta'] | undefined {
    const own = Object.entries(this.call.parts.fastRequest.message.meta ?? {}).filter(
      ([key]) => !ENVELOPE.has(key),
    );
    return own.length > 0 ? Object.fromEntries(own) : undefined;
  }

  get envelope(): Message['envelope'] | undefined {
    const { era, message } = this.call.parts.fastRequest;
    // The SDK has checked it, or an equal one.
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
    return this.call.sendBeforeResult((sdkContext) => sdkContext.mcpReq.notify(notification));
  }

  log(level: LoggingLevel, data: unknown, logger?: string): Promise<void> {
    return this.call.sendBeforeResult((sdkContext) => sdkContext.mcpReq.log(level, data, logger));
  }
}

/** The client of a request without a session, as its `_meta` describes it. */
export class FastPeer implements SdkPeer {
  constructor(private readonly meta: Readonly<Record<string, unknown>> | undefined) {}

  get server(): SdkPeer['server'] {
    return this;
  }

  // The SDK has checked this envelope, or an equal one.
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

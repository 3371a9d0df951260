import type { IncomingMessage, ServerResponse } from 'node:http';
import { whenKnown, type MaybePromise } from '../../../access/maybe-promise.js';
import type { CallServing } from '../../invocation/call-serving.js';
import type { McpExchange } from '../../invocation/mcp-exchange.js';
import type { RunningCall } from '../../invocation/running-call.js';
import { toWireResult } from '../../invocation/structured-result.js';
import { whenClosed } from '../open-streams.js';
import type { PlainRequest } from './plain-request.js';
import { PlainServing } from './plain-serving.js';
import type { PlainOutcome } from './plain-target.js';

/** The HTTP side of a call. */
export interface PlainHttp {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: unknown;
}

/** An HTTP exchange that is a plain call. */
export interface PlainCallParts extends PlainHttp {
  readonly plain: PlainRequest;
  readonly exchange: McpExchange;
  /** Session of a 2025-era client, which hears what a handler says before its result. */
  readonly sessionId: string | undefined;
}

/**
 * A call that runs without the SDK. Where its handler wants more than to return, and there is a
 * session whose client hears of it, the SDK takes the exchange over while the handler runs.
 */
export class PlainCall implements RunningCall {
  /** Milliseconds since the epoch. */
  readonly startedAt = Date.now();
  readonly exchange: McpExchange;
  readonly serving: CallServing;
  /** Resolves when the SDK has answered, where it does. */
  answered: Promise<void> | undefined;
  private outcome: MaybePromise<PlainOutcome> | undefined;
  private controller: AbortController | undefined;
  private takingOver: Promise<CallServing | undefined> | undefined;
  private joined: ((serving: CallServing) => void) | undefined;
  private isJoined = false;
  /** What the SDK knows of the call, once it has taken it over. */
  private carrier: CallServing | undefined;

  /** @param viaSdk lets the SDK answer the exchange; resolves when it has */
  constructor(
    readonly parts: PlainCallParts,
    private readonly viaSdk: (call: PlainCall) => Promise<void>,
  ) {
    this.exchange = parts.exchange;
    this.exchange.running = this;
    this.serving = new PlainServing(this);
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
  start(run: () => MaybePromise<PlainOutcome>): MaybePromise<PlainOutcome> {
    try {
      this.outcome = run();
    } catch (error) {
      this.outcome = rejected(error);
    }
    return this.outcome;
  }

  /** Says something to the client before the result; without a session nobody hears it. */
  async say(speak: (serving: CallServing) => Promise<void> | void): Promise<void> {
    if (this.parts.sessionId === undefined) return;
    const serving = await this.takeOver();
    if (serving) await speak(serving);
  }

  /** Hands the exchange to the SDK. Resolves to `undefined` where the SDK turns it down. */
  takeOver(): Promise<CallServing | undefined> {
    this.takingOver ??= new Promise((resolve) => {
      this.joined = resolve;
      this.answered = this.viaSdk(this).finally(() => resolve(undefined));
    });
    return this.takingOver;
  }

  join(serving: CallServing): MaybePromise<unknown> | undefined {
    if (this.isJoined) return undefined;
    this.isJoined = true;
    this.carrier = serving;
    this.joined?.(serving);
    return this.outcome && whenKnown<PlainOutcome, unknown>(this.outcome, toWireResult);
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

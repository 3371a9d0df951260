import type { CounterName, GaugeName } from './metrics.js';

/** Id that a client gave to a request. */
export type MessageId = string | number;

/** A message of JSON-RPC, as far as it may be recorded: nothing of it is text that its sender chose. */
export interface ObservedMessage {
  /** Absent for a notification. */
  readonly id?: MessageId | undefined;
  /** `undefined` for a method that the protocol does not have. */
  readonly method: string | undefined;
  /** The entry that it names, if the application has declared it. */
  readonly target?: ObservedTarget | undefined;
  /** Its `_meta`, which may have a trace context. */
  readonly meta?: Readonly<Record<string, unknown>> | undefined;
}

/** An entry of the application. */
export interface ObservedTarget {
  readonly kind: 'tool' | 'prompt' | 'resource';
  /** A name, a declared URI, or a URI template; never a URI that a client sent. */
  readonly name: string;
}

/** What arrives together: one HTTP request, or one line over stdio. */
export interface ObservedExchange {
  readonly transport: 'http' | 'stdio';
  readonly messages: readonly ObservedMessage[];
  /** Path of the endpoint. */
  readonly endpoint: string;
  /** Revision of the protocol, such as `2026-07-28`; `undefined` if the client has not said it. */
  readonly protocolVersion?: string | undefined;
  /** The session of a 2025-era client. */
  readonly sessionId?: string | undefined;
  /** Version of HTTP, such as `1.1`. */
  readonly httpVersion?: string | undefined;
  /** The headers of the request, which may have a trace context. */
  readonly headers?: Readonly<Record<string, string | string[] | undefined>> | undefined;
}

/** How a request was answered. */
export type ObservedAnswer =
  | { readonly kind: 'result' }
  /** A result of a tool with `isError`. */
  | { readonly kind: 'tool_error' }
  /** An error of JSON-RPC. Its message may contain text of the caller, and is not recorded. */
  | { readonly kind: 'error'; readonly code: number };

/** Who sends the messages of an exchange, without personal data. */
export interface ObservedCaller {
  /** Kind of the credential, such as `oauth_token`. */
  readonly tokenType: string;
  /** The OAuth client. */
  readonly clientId?: string | undefined;
  readonly organizationId?: string | undefined;
}

/** Follows the messages of one exchange. None of its methods throws. */
export interface ExchangeObserver {
  /** The caller was authenticated. */
  calledBy(caller: ObservedCaller): void;
  /**
   * Runs code as part of a message.
   *
   * @param id `undefined` for the only message of an exchange
   */
  within<R>(id: MessageId | undefined, run: () => R): R;
  /** Whether a request has neither ended nor been taken by a server of the SDK. */
  readonly waits: boolean;
  /** A server of the SDK has the message, and reports its end. */
  taken(id: MessageId): void;
  /** A request was answered. Later answers are ignored. */
  answered(id: MessageId, answer: ObservedAnswer): void;
  /** A request ends without an answer: it was cancelled, or its client has gone. */
  cancelled(id: MessageId): void;
  /**
   * All messages that no server of the SDK has taken were refused.
   *
   * @param status of HTTP
   * @param code of JSON-RPC
   */
  refused(status: number, code: number): void;
  /** The exchange is over. Requests without an answer that no server has taken count as cancelled. */
  ended(): void;
}

/** A request of the server to its client. */
export interface ObservedQuestion {
  readonly method: string;
  readonly id: MessageId;
  readonly protocolVersion?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly transport: 'http' | 'stdio';
}

/** Follows a request of the server to its client. */
export interface QuestionObserver {
  /** The trace context for its `_meta`, such as `traceparent`. */
  readonly carrier: Readonly<Record<string, string>>;
  answered(answer: ObservedAnswer): void;
  /** No answer will come. */
  cancelled(): void;
}

/** One value of a gauge. */
export interface GaugeValue {
  readonly value: number;
  readonly attributes?: Attributes | undefined;
}

/** Values by name of the attribute. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/**
 * What the modules of this package tell about their work. Without `TelemetryModule` nobody listens, and
 * nothing is recorded.
 */
export abstract class Instrumentation {
  /** Whether anything is recorded now. */
  abstract readonly isOn: boolean;
  /** Called only while {@link isOn}, since its argument costs time. */
  abstract observe(exchange: ObservedExchange): ExchangeObserver;
  /** Called only while {@link isOn}. */
  abstract ask(question: ObservedQuestion): QuestionObserver;
  /** A session, or a connection over stdio, has ended. */
  abstract sessionEnded(session: {
    readonly durationMs: number;
    readonly protocolVersion?: string | undefined;
    readonly transport: 'http' | 'stdio';
  }): void;
  abstract count(metric: CounterName, attributes?: Attributes, by?: number): void;
  /** Has a gauge read whenever metrics are collected. @returns a function that ends that */
  abstract gauge(metric: GaugeName, read: () => GaugeValue): () => void;
}

/** Records nothing. */
export class NoInstrumentation extends Instrumentation {
  override readonly isOn = false;

  override observe(): never {
    throw new Error('Nothing is recorded.');
  }

  override ask(): never {
    throw new Error('Nothing is recorded.');
  }

  override sessionEnded(): void {}

  override count(): void {}

  override gauge(_metric: GaugeName, _read: () => GaugeValue): () => void {
    return () => undefined;
  }
}

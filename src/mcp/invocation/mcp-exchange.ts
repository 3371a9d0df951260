import type { AuthInfo } from '@modelcontextprotocol/server';
import type { Decision } from '../../access/refusal.js';
import type { RequestAccess } from '../../access/request-access.js';
import type { AuditEntry } from '../../audit/audit-event.js';
import type { ExchangeObserver } from '../../instrumentation/instrumentation.js';
import type { Principal } from '../../request/principal.js';
import type { MaybePromise } from '../../request/value-or-promise.js';
import type { McpContext } from '../authoring/mcp-context.js';
import type { SdkContext } from '../authoring/sdk-context.js';
import type { SignInMode } from '../mcp-options.js';
import type { McpReading } from '../protocol/read-messages.js';

/** One exchange, as the layers behind the transport see it. It has no credential. */
export interface McpExchange {
  /** The request of the HTTP framework. */
  readonly request: object;
  /** The sealed reply: it accepts headers, but sends nothing. */
  readonly reply: object;
  /** The caller, or `undefined` for an anonymous one. */
  readonly principal: Principal | undefined;
  /** The messages of the caller. */
  readonly reading: McpReading;
  /** What the caller may do. */
  readonly access: RequestAccess;
  /** Greater than that of every HTTP request that arrived before. */
  readonly arrival?: number;
  /** How the caller is asked to sign in. `call` where it cannot be asked: over stdio. */
  readonly signIn: SignInMode;
  /** The call of this exchange that was started without the SDK. */
  running?: RunningCall | undefined;
  /** Records the exchange; `undefined` where the audit is off. */
  readonly audit?: CallRecorder | undefined;
  /** Follows its messages; `undefined` while nothing is recorded. */
  readonly observer?: ExchangeObserver | undefined;
}

/** Records the decisions and the calls of one exchange. */
export interface CallRecorder {
  /** Records a decision; `unknown` for an entry that does not exist. */
  decided(method: string, entry: AuditEntry | undefined, decision: Decision | 'unknown'): void;
  /** Runs a handler, and records how it ended. */
  called<R>(
    entry: AuditEntry,
    call: { readonly input: unknown; readonly context: McpContext },
    run: () => MaybePromise<R>,
  ): MaybePromise<R>;
}

/** A handler that was started without the SDK, and that the SDK's server can take over. */
export interface RunningCall {
  /** Whether it will be answered without the SDK. */
  readonly isOnFastPath: boolean;
  /** Whether the client has cancelled it or disconnected. */
  readonly isCancelled: boolean;
  /**
   * Sends further notifications of the handler through the SDK. Resolves to the result of the
   * handler.
   *
   * @returns `undefined` if it was taken over before: a further round calls the handler again
   */
  join(sdkContext: SdkContext): MaybePromise<unknown> | undefined;
}

/** The result of the handler that already runs for an exchange; starts the handler if none does. */
export function joinOrRun<R>(
  { running }: McpExchange,
  sdkContext: SdkContext,
  run: () => MaybePromise<R>,
): MaybePromise<R> {
  const joined = running?.join(sdkContext);
  // The fast path serves exchanges of one message only, so `R` is the result of that message.
  return joined === undefined ? run() : (joined as MaybePromise<R>);
}

/**
 * Passes the exchange through the SDK, which gives this object to every handler. It never contains
 * a token: authentication happens before the SDK.
 */
export function toAuthInfo(exchange: McpExchange): AuthInfo {
  const { principal } = exchange;
  return {
    token: '',
    clientId: principal?.clientId ?? '',
    scopes: [...(principal?.scopes ?? [])],
    extra: { [EXCHANGE]: exchange },
  };
}

/** The same for one request of the exchange, to which the client gave this id. */
export function withRequestId(authInfo: AuthInfo, id: string | number): AuthInfo {
  return { ...authInfo, extra: { ...authInfo.extra, [REQUEST_ID]: id } };
}

/** The id that the client gave to a request, if the transport gave it another one. */
export function requestIdIn(authInfo: AuthInfo | undefined): string | number | undefined {
  const id = authInfo?.extra?.[REQUEST_ID];
  return typeof id === 'string' || typeof id === 'number' ? id : undefined;
}

/**
 * The exchange that a message belongs to.
 *
 * @throws {Error} for a message that did not come through the endpoint, and so has no caller
 */
export function exchangeOf(authInfo: AuthInfo | undefined): McpExchange {
  const exchange = authInfo?.extra?.[EXCHANGE];
  if (exchange) return exchange as McpExchange; // Only `toAuthInfo` writes this key.
  throw new Error('A message reached the MCP server without an HTTP exchange.');
}

const EXCHANGE = 'nestjs-clerk-mcp:exchange';
const REQUEST_ID = 'nestjs-clerk-mcp:request-id';

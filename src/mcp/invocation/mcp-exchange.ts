import type { McpReading } from '../protocol/read-messages.js';
import type { RequestAccess } from '../../access/request-access.js';
import type { Principal } from '../../request/principal.js';
import type { AuditEntry } from '../../audit/audit-event.js';
import type { Decision } from '../../access/refusal.js';
import type { McpContext } from '../authoring/mcp-context.js';
import type { MaybePromise } from '../../request/value-or-promise.js';
import type { SdkContext } from '../authoring/sdk-context.js';
import type { AuthInfo } from '@modelcontextprotocol/server';

/** One HTTP exchange, as the layers behind the endpoint see it. It holds no credential. */
export interface McpExchange {
  /** The request of the HTTP framework. */
  readonly request: object;
  /** The reply, sealed: headers may be set, nothing can be sent. */
  readonly reply: object;
  /** The caller, or `undefined` for an anonymous one. */
  readonly principal: Principal | undefined;
  /** What the caller asks for. */
  readonly reading: McpReading;
  /** What the caller may do. */
  readonly access: RequestAccess;
  /** The call that the exchange is, where it runs before the SDK has heard of it. */
  running?: RunningCall | undefined;
  /** Records what becomes of it; `undefined` where nobody wants to know. */
  readonly audit?: CallRecorder | undefined;
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

/** A handler that was begun without the SDK, and that the SDK's server can take over. */
export interface RunningCall {
  /** Whether it is still to be answered without the SDK. */
  readonly isDirect: boolean;
  /**
   * From now on the SDK carries what the handler says. Resolves to what it returns.
   *
   * @returns `undefined` once it was taken over: the handler is called anew for a further round
   */
  join(serving: SdkContext): MaybePromise<unknown> | undefined;
}

/** The result of the handler that runs for an exchange already, or of one that is run now. */
export function joinOrRun<R>(
  { running }: McpExchange,
  serving: SdkContext,
  run: () => MaybePromise<R>,
): MaybePromise<R> {
  const joined = running?.join(serving);
  // An exchange that was begun is one message: what runs is what would be run.
  return joined === undefined ? run() : (joined as MaybePromise<R>);
}

/**
 * Carries the exchange through the SDK, which passes this object to every handler. It never holds a
 * token: authentication is over when the SDK is reached.
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

/**
 * The exchange that a message belongs to.
 *
 * @throws {Error} for a message that did not come through the endpoint: nobody may be assumed then
 */
export function exchangeOf(authInfo: AuthInfo | undefined): McpExchange {
  const exchange = authInfo?.extra?.[EXCHANGE];
  if (exchange) return exchange as McpExchange; // Only `toAuthInfo` writes this key.
  throw new Error('A message reached the MCP server without an HTTP exchange.');
}

const EXCHANGE = 'nestjs-clerk-mcp:exchange';

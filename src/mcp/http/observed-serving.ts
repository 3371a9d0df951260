import type { ExchangeObserver } from '../../instrumentation/instrumentation.js';
import type { Principal } from '../../request/principal.js';
import { settle, type MaybePromise } from '../../request/value-or-promise.js';
import { JSON_RPC } from '../protocol/json-rpc-error.js';
import { observedCaller } from '../telemetry/mcp-telemetry.js';
import { nodeResponse, type HttpReply } from './raw-http.js';

/** Serves an exchange, and tells its observer who calls, and when it is over. */
export function observeServing(
  observer: ExchangeObserver,
  { reply, principal }: { readonly reply: HttpReply; readonly principal: Principal | undefined },
  serve: () => MaybePromise<void>,
): MaybePromise<void> {
  if (principal) observer.calledBy(observedCaller(principal));
  const ended = (): void => {
    const { statusCode } = nodeResponse(reply);
    if (statusCode >= 400) observer.refused(statusCode, JSON_RPC.serverError);
    else observer.ended();
  };
  return settle(
    serve,
    (error): never => {
      ended();
      throw error;
    },
    ended,
  );
}

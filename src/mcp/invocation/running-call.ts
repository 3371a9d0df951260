import type { MaybePromise } from '../../access/maybe-promise.js';
import type { CallServing } from './call-serving.js';
import type { McpExchange } from './mcp-exchange.js';

/** A handler that was begun without the SDK, and that the SDK's server can take over. */
export interface RunningCall {
  /** Whether it is still to be answered without the SDK. */
  readonly isDirect: boolean;
  /**
   * From now on the SDK carries what the handler says. Resolves to what it returns.
   *
   * @returns `undefined` once it was taken over: the handler is called anew for a further round
   */
  join(serving: CallServing): MaybePromise<unknown> | undefined;
}

/** The result of the handler that runs for an exchange already, or of one that is run now. */
export function joinOrRun<R>(
  { running }: McpExchange,
  serving: CallServing,
  run: () => MaybePromise<R>,
): MaybePromise<R> {
  const joined = running?.join(serving);
  // An exchange that was begun is one message: what runs is what would be run.
  return joined === undefined ? run() : (joined as MaybePromise<R>);
}

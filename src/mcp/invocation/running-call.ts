import type { CallToolResult, InputRequiredResult } from '@modelcontextprotocol/server';
import type { MaybePromise } from '../../access/maybe-promise.js';
import type { CallServing } from './call-serving.js';

/** A call that was begun without the SDK, and that the SDK's server can take over. */
export interface RunningCall {
  /** Whether it is still to be answered without the SDK. */
  readonly isDirect: boolean;
  /**
   * From now on the SDK carries what the handler says. Resolves to what it returns.
   *
   * @returns `undefined` once it was taken over: the handler is called anew for a further round
   */
  join(serving: CallServing): MaybePromise<CallToolResult | InputRequiredResult> | undefined;
}

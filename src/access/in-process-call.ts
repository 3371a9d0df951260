import { createPrivateMember } from '../request/private-member.js';
import { connectionOf } from '../request/request-record.js';
import type { AccessRule } from './access-rule.js';
import type { RequestAccess } from './request-access.js';

/**
 * A call that this process sends to one of its own routes, on behalf of a request that was
 * authenticated, limited and audited before.
 */
export interface InProcessCall {
  /** The request that the call came with. */
  readonly origin: object;
  /** The decisions that were taken for the caller of that request. */
  readonly access: RequestAccess;
  /** The handler of the route, and its rule as it was decided. */
  readonly handler: {
    readonly type: Function;
    readonly method: string;
    readonly rule: AccessRule;
  };
  /** The route as it is registered on the HTTP framework. No other route may answer the call. */
  readonly route: { readonly method: string; readonly path: string };
}

/**
 * Marks a connection in memory whose only request is this call. The mark is a private member: no
 * header, and no request from a network, can have it.
 */
export function markInProcess(socket: object, call: InProcessCall): void {
  CALLS.set(socket, call);
}

/** The call that a request serves; `undefined` for a request that came over a network. */
export function inProcessCallOf(request: object): InProcessCall | undefined {
  const connection = connectionOf(request);
  return connection && CALLS.get(connection);
}

const CALLS = createPrivateMember<InProcessCall>();

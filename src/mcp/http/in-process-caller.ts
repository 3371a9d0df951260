import { createPrivateMember } from '../../request/private-member.js';
import { connectionOf } from '../../request/request-record.js';

/**
 * Marks a connection in memory whose caller is served as over stdio: the sign-in mode of the endpoint
 * does not apply, and the decisions on the entries alone count. The mark is a private member: no
 * header, and no request from a network, can have it.
 */
export function ignoreSignInMode(socket: object): void {
  CALLERS.set(socket, true);
}

/** Whether a request came over such a connection. */
export function ignoresSignInMode(request: object): boolean {
  const connection = connectionOf(request);
  return connection !== undefined && CALLERS.get(connection) === true;
}

const CALLERS = createPrivateMember<true>();

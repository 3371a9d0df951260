import {
  DEFAULT_NEGOTIATED_PROTOCOL_VERSION,
  isInitializeRequest,
  isSpecType,
  type JSONRPCMessage,
  type JSONRPCRequest,
  type RequestId,
  type SetLevelRequest,
} from '@modelcontextprotocol/server';
import { JSON_RPC } from '../protocol/json-rpc-error.js';
import type { CallsInFlight } from './calls-in-flight.js';
import { isRequest } from './client-messages.js';
import { refuse } from './legacy-refusals.js';

/** Refuses a revision that the server does not have. */
export function refuseVersion(
  { headers }: Request,
  supported: readonly string[],
): Response | undefined {
  const version = headers.get('mcp-protocol-version');
  if (version === null || supported.includes(version)) return undefined;
  const known = `(supported versions: ${supported.join(', ')})`;
  const message = `Bad Request: Unsupported protocol version: ${version} ${known}`;
  return refuse(400, JSON_RPC.serverError, message);
}

/**
 * Whether a client can read an event without a message, from which it can resume.
 *
 * @param opening the `initialize` among its messages
 */
export function readsEventsAtOnce(
  { headers }: Request,
  opening: JSONRPCMessage | undefined,
  supported: readonly string[],
): boolean {
  const asked = isInitializeRequest(opening) ? opening.params.protocolVersion : undefined;
  const named = headers.get('mcp-protocol-version') ?? DEFAULT_NEGOTIATED_PROTOCOL_VERSION;
  const version = asked ?? named;
  return supported.includes(version) && version >= PRIMED;
}

/** The first revision whose clients read events without a message. Revisions sort as text. */
const PRIMED = '2025-11-25';

/**
 * The first id that two requests would have at the same time.
 *
 * @param own the call of the fast path that is handed over, and keeps its id
 */
export function takenId(
  requests: readonly JSONRPCRequest[],
  calls: CallsInFlight,
  own: object | undefined,
): RequestId | undefined {
  const ids = new Set<RequestId>();
  for (const { id } of requests) {
    const other = calls.get(id);
    if (ids.has(id) || (other && other !== own)) return id;
    ids.add(id);
  }
  return undefined;
}

/** Whether a message sets the log level, which holds for the whole session, at every node. */
export function isLogLevel(message: JSONRPCMessage): message is SetLevelRequest & JSONRPCRequest {
  return isRequest(message) && isSpecType.SetLevelRequest(message);
}

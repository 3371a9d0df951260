import { JSON_RPC, jsonRpcError } from '../serving/json-rpc-error.js';

/** How a request that the HTTP framework itself refused is answered. */
export interface EdgeFailure {
  readonly status: number;
  readonly body: object;
}

/**
 * The answer to what a framework refuses before any route runs: malformed JSON, a body over the
 * limit, a type that it does not parse. What else went wrong there is none of the client's business.
 *
 * @param status that the framework would answer with
 */
export function edgeFailure(status: number): EdgeFailure {
  if (status >= 400 && status < 500) {
    const { code, message } = KNOWN[status] ?? OTHER;
    return { status, body: jsonRpcError(code, message) };
  }
  return { status: 500, body: jsonRpcError(JSON_RPC.internalError, 'Internal server error') };
}

const OTHER = { code: JSON_RPC.invalidRequest, message: 'Invalid request' };

const KNOWN: Readonly<Record<number, { readonly code: number; readonly message: string }>> = {
  400: {
    code: JSON_RPC.parseError,
    message: 'Parse error: the request body is not valid JSON',
  },
  413: {
    code: JSON_RPC.serverError,
    message: 'Payload Too Large: the request body is over the limit of this server',
  },
  415: {
    code: JSON_RPC.serverError,
    message: 'Unsupported Media Type: Content-Type must be application/json',
  },
};

import { JSON_RPC, jsonRpcError } from '../protocol/json-rpc-error.js';
import { BodyRefusedError } from './http-errors.js';

/** The answer to a request that the HTTP framework itself refused. */
export interface EdgeFailure {
  readonly status: number;
  readonly body: object;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The answer to a request refused before any route runs: malformed JSON, a body over a limit, a
 * type that the framework does not parse. Details of any other failure are not sent to the client.
 *
 * @param status that the framework would answer with
 */
export function edgeFailure(error: unknown, status: number): EdgeFailure {
  if (error instanceof BodyRefusedError) {
    return { status: error.statusCode, body: error.body, headers: error.headers };
  }
  if (status >= 400 && status < 500) {
    const { code, message } = KNOWN[status] ?? OTHER;
    return { status, body: jsonRpcError(code, message), headers: {} };
  }
  const body = jsonRpcError(JSON_RPC.internalError, 'Internal server error');
  return { status: 500, body, headers: {} };
}

/** Whether a failure must be logged. */
export function isInternal(error: unknown, { status }: EdgeFailure): boolean {
  return status >= 500 && !(error instanceof BodyRefusedError);
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

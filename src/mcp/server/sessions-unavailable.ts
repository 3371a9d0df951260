import type { ServerResponse } from 'node:http';
import { JSON_RPC, jsonRpcError } from '../protocol/json-rpc-error.js';
import { refuse } from './legacy-refusals.js';
import { sendJson } from './node-response.js';

/** The sessions that the nodes share cannot be read or written now. The client tries again. */
export class SessionsUnavailableError extends Error {
  constructor() {
    super('The sessions are unavailable. Try again later.');
    this.name = 'SessionsUnavailableError';
  }
}

/** Answers that the sessions are unavailable. @throws any other error */
export function refuseUnavailable(error: unknown, response: ServerResponse): void {
  if (!(error instanceof SessionsUnavailableError)) throw error;
  const body = JSON.stringify(jsonRpcError(JSON_RPC.serverError, error.message));
  sendJson(response, body, { status: 503, headers: { 'retry-after': '5' } });
}

/** The same as a response of the SDK. */
export function sessionsUnavailable(): Response {
  return refuse(503, JSON_RPC.serverError, new SessionsUnavailableError().message);
}

import type { McpReading } from '../protocol/read-messages.js';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { JSON_RPC, jsonRpcError } from '../protocol/json-rpc-error.js';
import { sendJson } from './node-response.js';

/** Whether a request begins something, and is not the answer to a question of a call that runs. */
export function startsWork({ method }: IncomingMessage, { messages }: McpReading): boolean {
  if (method !== 'POST') return method === 'GET';
  return messages.some(({ json }) => !json || ('method' in json && 'id' in json));
}

/** The answer to what comes, or is cut, while the server ends: the client tries again elsewhere. */
export function shuttingDown(): Response {
  return Response.json(ERROR, { status: 503, headers: HEADERS });
}

/** Gives that answer before anything else looks at the request. */
export function refuseAtShutdown(response: ServerResponse): void {
  sendJson(response, JSON.stringify(ERROR), { status: 503, headers: HEADERS });
}

const ERROR = jsonRpcError(JSON_RPC.serverError, 'Shutting down');
const HEADERS = { 'retry-after': '5', connection: 'close' };

import type { IncomingMessage, ServerResponse } from 'node:http';
import { JSON_RPC, jsonRpcError } from '../protocol/json-rpc-error.js';
import type { McpReading } from '../protocol/read-messages.js';
import { sendJson } from './node-response.js';

/** Whether a request starts new work, and does not only answer a question of a running call. */
export function startsWork({ method }: IncomingMessage, { messages }: McpReading): boolean {
  if (method !== 'POST') return method === 'GET';
  return messages.some(({ json }) => !json || ('method' in json && 'id' in json));
}

/**
 * The answer to requests that arrive or are cut at shutdown: the client retries at another node.
 */
export function shuttingDown(): Response {
  return Response.json(ERROR, { status: 503, headers: HEADERS });
}

/** Sends that answer on a response of Node. */
export function refuseAtShutdown(response: ServerResponse): void {
  sendJson(response, JSON.stringify(ERROR), { status: 503, headers: HEADERS });
}

const ERROR = jsonRpcError(JSON_RPC.serverError, 'Shutting down');
const HEADERS = { 'retry-after': '5', connection: 'close' };

import type { IncomingMessage } from 'node:http';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import { BOTH_TYPES, JSON_TYPE, STREAM_TYPE, acceptedTypes } from '../protocol/accepted-types.js';
import { JSON_RPC } from '../protocol/json-rpc-error.js';
import type { McpReading } from '../protocol/read-messages.js';
import { opensStream } from '../server/sdk-exchange.js';
import { McpHttpException } from './http-errors.js';

/**
 * Checks that the client accepts a form that its answer can have.
 *
 * @throws {McpHttpException} 406, with the header to send
 */
export function assertAcceptable(
  request: IncomingMessage,
  reading: McpReading,
  { legacy }: Pick<ResolvedMcpOptions, 'legacy'>,
): void {
  const { method, headers } = request;
  if (method !== 'POST' && method !== 'GET') return;
  const accepted = acceptedTypes(headers.accept);
  if (accepted.allows(STREAM_TYPE)) return;
  // Without sessions there is no stream to `GET`, whatever the client accepts.
  const isStream = method === 'GET' ? legacy === 'sessions' : opensStream(request, reading);
  if (isStream) throw notAcceptable('the answer is an event stream', STREAM_TYPE);
  if (method === 'GET' || accepted.allows(JSON_TYPE)) return;
  throw notAcceptable('the answer is JSON or an event stream', BOTH_TYPES);
}

function notAcceptable(reason: string, accept: string): McpHttpException {
  const message = `Not Acceptable: ${reason}. Send the header Accept: ${accept}`;
  return new McpHttpException(406, JSON_RPC.serverError, message);
}

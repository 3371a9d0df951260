import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { createPrivateMember } from '../../request/private-member.js';

/** Calls a function when a response closes; at once if it has closed. */
export function whenClosed(response: ServerResponse, then: () => void): void {
  if (response.destroyed) then();
  else response.once('close', then);
}

/**
 * Keeps headers for an answer, which the functions of this file send. Node takes longer if each is set on
 * the response first.
 */
export function keepHeaders(response: ServerResponse, headers: OutgoingHttpHeaders): void {
  KEPT.set(response, headers);
}

/** Sets the headers that were kept, for anybody else who writes or reads the head of the answer. */
export function setKeptHeaders(response: ServerResponse): void {
  const headers = KEPT.get(response);
  if (!headers) return;
  KEPT.set(response, undefined);
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) response.setHeader(name, value);
  }
}

const KEPT = createPrivateMember<OutgoingHttpHeaders | undefined>();

function writeHead(response: ServerResponse, status: number, headers: OutgoingHttpHeaders): void {
  response.writeHead(status, Object.assign(KEPT.get(response) ?? {}, headers));
}

/** Answers with prepared JSON and its end. */
export function sendPrepared(
  response: ServerResponse,
  prepared: Buffer,
  end: string,
  headers: Record<string, string>,
): void {
  if (response.headersSent || response.destroyed) return;
  writeHead(response, 200, {
    'content-type': 'application/json',
    'content-length': prepared.length + Buffer.byteLength(end),
    ...headers,
  });
  response.cork();
  response.write(prepared);
  response.end(end);
  response.uncork();
}

/** Answers with JSON, unless the client has disconnected or has been answered. */
export function sendJson(
  response: ServerResponse,
  text: string,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): void {
  if (response.headersSent || response.destroyed) return;
  writeHead(response, status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

/**
 * Ends the response of a cancelled call. A response to a request is JSON or a stream: this is a
 * stream without an event.
 */
export function endUnanswered(response: ServerResponse, sessionId: string | undefined): void {
  if (response.headersSent || response.destroyed) return;
  writeHead(response, 200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache, no-transform',
    ...(sessionId !== undefined && { 'mcp-session-id': sessionId }),
  });
  response.end();
}

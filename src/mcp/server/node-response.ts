import type { ServerResponse } from 'node:http';

/** Calls a function when a response closes; at once if it has closed. */
export function whenClosed(response: ServerResponse, then: () => void): void {
  if (response.destroyed) then();
  else response.once('close', then);
}

/** Answers with prepared JSON and its end. */
export function sendPrepared(
  response: ServerResponse,
  prepared: Buffer,
  end: string,
  headers: Record<string, string>,
): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(200, {
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
  response.writeHead(status, {
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
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache, no-transform',
    ...(sessionId !== undefined && { 'mcp-session-id': sessionId }),
  });
  response.end();
}

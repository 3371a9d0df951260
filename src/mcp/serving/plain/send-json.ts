import type { ServerResponse } from 'node:http';

/** Answers with JSON in one piece, unless the client is gone or has an answer. */
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

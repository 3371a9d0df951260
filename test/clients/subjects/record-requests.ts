import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Preloaded into each server with `--import`: tells the harness of every request that a server of the
 * process answers. It reads nothing but headers, and of `Authorization` only the scheme.
 */
export interface Exchange {
  readonly kind: 'exchange';
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Of `Authorization`: `Bearer`, or empty. */
  readonly scheme: string;
  /** `MCP-Protocol-Version`. */
  readonly revision: string;
  /** `Mcp-Method`. */
  readonly rpc: string;
  readonly userAgent: string;
}

subscribe('http.server.request.start', (message) => {
  const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
  const { headers, method = '', socket, url = '' } = request;
  const port = socket.localPort ?? 0;
  const text = (name: string) => String(headers[name] ?? '').slice(0, LONGEST);
  // Read now: the server takes the token off the request.
  const about = {
    kind: 'exchange' as const,
    port,
    method,
    path: url.split('?')[0]?.slice(0, LONGEST) ?? '',
    scheme: text('authorization').split(' ')[0] ?? '',
    revision: text('mcp-protocol-version'),
    rpc: text('mcp-method'),
    userAgent: text('user-agent'),
  };
  response.on('close', () => {
    const status = response.headersSent ? response.statusCode : 0;
    const exchange: Exchange = { ...about, status };
    if (process.connected) process.send?.(exchange);
  });
});

// A server does not outlive the harness, however that ends.
process.on('disconnect', () => process.exit(0));

const LONGEST = 120;

import type { IncomingMessage, Server } from 'node:http';
import { Readable } from 'node:stream';
import { connectInProcess, exchangeInProcess } from './in-process-connection.js';

/**
 * A `fetch` with a remote address and a mark on the server's end of the connection, which are ignored
 * where the connection is not in memory.
 */
export type Fetch = (
  input: string | URL | Request,
  init?: RequestInit,
  address?: string,
  mark?: (socket: object) => void,
) => Promise<Response>;

/**
 * Creates a `fetch` for a server that does not listen on a port. Each request uses a connection in
 * memory, with Node's HTTP on both ends. It does not follow redirects.
 */
export function inProcessFetch(server: Server): Fetch {
  return async (input, init, address = '127.0.0.1', mark) => {
    const request = new Request(input, init);
    const payload = request.body === null ? undefined : Buffer.from(await request.arrayBuffer());
    const { method, headers, signal } = request;
    const { host, pathname, search } = new URL(request.url);
    const sent = {
      method,
      path: `${pathname}${search}`,
      headers: { ...Object.fromEntries(headers), host },
      body: payload,
      signal,
    };
    return toResponse(
      await exchangeInProcess(sent, () =>
        connectInProcess(server, { remoteAddress: address }, mark),
      ),
    );
  };
}

function toResponse(message: IncomingMessage): Response {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(message.headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  const { statusCode: status = 500, statusMessage: statusText = '' } = message;
  message.on('error', () => undefined);
  const body = BODILESS.has(status) ? null : Readable.toWeb(message);
  if (body === null) message.resume();
  // Node's web streams are the streams of fetch, but their type declarations differ.
  return new Response(body as ReadableStream | null, { status, statusText, headers });
}

/** https://fetch.spec.whatwg.org/#null-body-status */
const BODILESS: ReadonlySet<number> = new Set([101, 103, 204, 205, 304]);

import type { IncomingMessage, ServerResponse } from 'node:http';

/** A request of Fastify, or of Express, which is the one of Node itself. */
export type HttpRequest = (IncomingMessage | { readonly raw: IncomingMessage }) & {
  readonly body?: unknown;
};

/** A reply of Fastify, or of Express, which is the one of Node itself. */
export type HttpReply = ServerResponse | FastifyLikeReply;

interface FastifyLikeReply {
  readonly raw: ServerResponse;
  hijack(): unknown;
  getHeaders(): Record<string, number | string | string[] | undefined>;
}

/** The request of Node behind a framework's. */
export function rawRequest(request: HttpRequest): IncomingMessage {
  return 'raw' in request ? request.raw : request;
}

/**
 * Takes the reply out of the framework's hands, with the headers that were set so far (such as those
 * of CORS): from here on it belongs to the MCP exchange.
 *
 * @param sealed its `reply` is what others may have of the reply
 */
export function takeOver(reply: HttpReply, sealed: { readonly reply: object }): ServerResponse {
  if (!('raw' in reply)) {
    // The request of Express leads to the reply.
    if ('res' in reply.req) Reflect.set(reply.req, 'res', sealed.reply);
    return reply;
  }
  reply.hijack();
  const headers = reply.getHeaders();
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
  return reply.raw;
}

import type { McpReading } from '../protocol/read-messages.js';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { MaybePromise } from '../../request/value-or-promise.js';
import type { RequestAccess } from '../../access/request-access.js';
import type { Principal } from '../../request/principal.js';
import type { CallRecorder, McpExchange, RunningCall } from '../invocation/mcp-exchange.js';
import { SealedReply } from '../invocation/sealed-reply.js';

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
 * Serves a request in its turn: one that a client sends before it has read an earlier answer waits until
 * that is out (RFC 9112 §9.3.2). Otherwise one client could have any number of answers made at once, none of
 * which it reads.
 */
export function inTurn(reply: HttpReply, serve: () => MaybePromise<void>): MaybePromise<void> {
  const response = 'raw' in reply ? reply.raw : reply;
  if (response.socket) return serve();
  return new Promise((resolve, reject) => {
    const gone = (): void => {
      // There is nothing to answer, and nobody else is to try.
      if ('hijack' in reply) reply.hijack();
      resolve();
    };
    if (response.destroyed) return gone();
    response.once('close', gone);
    response.once('socket', () => {
      response.off('close', gone);
      Promise.resolve().then(serve).then(resolve, reject);
    });
  });
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

/** One HTTP exchange. The reply is sealed for the first who asks for it: most calls never do. */
export class HttpExchange implements McpExchange {
  running: RunningCall | undefined;
  private sealed: SealedReply | undefined;

  constructor(
    readonly request: object,
    private readonly open: HttpReply,
    readonly reading: McpReading,
    readonly access: RequestAccess,
    readonly audit: CallRecorder | undefined,
  ) {}

  get principal(): Principal | undefined {
    return this.access.principal;
  }

  /** For the SDK: as it came, save that a subscription has canonical URIs. */
  get body(): unknown {
    const [message] = this.reading.messages;
    const isStream = message?.traits.opensStream && !this.reading.isBatch;
    return isStream ? message.json : Reflect.get(this.request, 'body');
  }

  get reply(): object {
    this.sealed ??= new SealedReply({ reply: this.open });
    return this.sealed.view;
  }
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestAccess } from '../../access/request-access.js';
import type { ExchangeObserver } from '../../instrumentation/instrumentation.js';
import type { Principal } from '../../request/principal.js';
import type { MaybePromise } from '../../request/value-or-promise.js';
import type { CallRecorder, McpExchange, RunningCall } from '../invocation/mcp-exchange.js';
import { SealedReply } from '../invocation/sealed-reply.js';
import type { SignInMode } from '../mcp-options.js';
import type { McpReading } from '../protocol/read-messages.js';
import { keepHeaders, setKeptHeaders } from '../server/node-response.js';
import { bodyOf } from './request-bodies.js';

/** A request of Fastify, or of Express, which uses the request of Node. */
export type HttpRequest = (IncomingMessage | { readonly raw: IncomingMessage }) & {
  readonly body?: unknown;
};

/** A reply of Fastify, or of Express, which uses the response of Node. */
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

/** The response of Node behind a framework's. */
export function nodeResponse(reply: HttpReply): ServerResponse {
  return 'raw' in reply ? reply.raw : reply;
}

/**
 * Serves pipelined requests one after the other: a request waits until the earlier answers on its
 * connection are sent (RFC 9112 §9.3.2). Otherwise a client that reads nothing could make the
 * server compute any number of answers.
 */
export function inTurn<T>(reply: HttpReply, serve: () => MaybePromise<T>): MaybePromise<T | void> {
  const response = nodeResponse(reply);
  if (response.socket) return serve();
  return new Promise((resolve, reject) => {
    const gone = (): void => {
      // The connection is closed: keep the framework from answering.
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
 * Takes the reply over from the framework, with the headers that were set so far, such as those of
 * CORS.
 *
 * @param sealed its `reply` is the sealed view that the application may use
 * @param headers whether they are set on the response, or kept: `keepHeaders()`
 */
export function takeOver(
  reply: HttpReply,
  sealed: { readonly reply: object },
  headers: 'set' | 'kept' = 'set',
): ServerResponse {
  if (!('raw' in reply)) {
    // The request of Express refers to the reply.
    if ('res' in reply.req) Reflect.set(reply.req, 'res', sealed.reply);
    return reply;
  }
  reply.hijack();
  keepHeaders(reply.raw, reply.getHeaders());
  if (headers === 'set') setKeptHeaders(reply.raw);
  return reply.raw;
}

/** One HTTP exchange. The reply is sealed on first use: most calls never use it. */
export class HttpExchange implements McpExchange {
  running: RunningCall | undefined;
  private sealed: SealedReply | undefined;

  constructor(
    readonly request: HttpRequest,
    private readonly open: HttpReply,
    readonly reading: McpReading,
    readonly access: RequestAccess,
    readonly signIn: SignInMode,
    readonly audit: CallRecorder | undefined,
  ) {}

  get principal(): Principal | undefined {
    return this.access.principal;
  }

  get observer(): ExchangeObserver | undefined {
    return bodyOf(rawRequest(this.request)).observer;
  }

  get arrival(): number {
    return bodyOf(rawRequest(this.request)).arrival;
  }

  /** The body for the SDK: as received, but with canonical URIs in a subscription. */
  get body(): unknown {
    const [message] = this.reading.messages;
    const isStream = message?.traits.opensStream && !this.reading.isBatch;
    return isStream ? message.json : Reflect.get(this.request, 'body');
  }

  get reply(): object {
    this.sealed ??= new SealedReply({
      reply: this.open,
      // The application may read, change and remove them.
      onuse: () => setKeptHeaders(nodeResponse(this.open)),
    });
    return this.sealed.view;
  }
}

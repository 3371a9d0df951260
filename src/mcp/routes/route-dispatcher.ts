import type { IncomingMessage, Server } from 'node:http';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import {
  inProcessCallOf,
  markInProcess,
  type InProcessCall,
} from '../../access/in-process-call.js';
import { carrierOf, attachPrincipal } from '../../request/request-record.js';
import { connectInProcess, exchangeInProcess } from './in-process-connection.js';
import type { RouteHeaders } from './route-headers.js';

/** A request for a route of this application. */
export interface RouteRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: RouteHeaders;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
  /** The longest body of the response, in bytes. */
  readonly maxBytes: number;
}

/** The response of a route. */
export interface RouteResponse {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** `undefined` if it is longer than `maxBytes`. */
  readonly body: Buffer | undefined;
}

/**
 * Sends requests to the routes of this application, over connections in memory. They pass everything
 * that a request from a network passes: hooks, middleware, guards, pipes, interceptors and filters.
 */
@Injectable()
export class RouteDispatcher {
  private ready: Promise<Server> | undefined;

  constructor(private readonly adapters: HttpAdapterHost) {}

  /** Whether this process has routes: an application context has none. */
  get hasRoutes(): boolean {
    const adapter: HttpAdapterHost['httpAdapter'] | null | undefined = this.adapters.httpAdapter;
    return Boolean(adapter?.getType());
  }

  /** Whether requests of HTTP/1.1 can be sent to the server. */
  get speaksHttp1(): boolean {
    // Only servers of HTTP/2 have this method.
    return !('updateSettings' in (this.adapters.httpAdapter.getHttpServer() as Server));
  }

  /** The path under which the HTTP framework has a route that Nest registers. */
  registeredPath(path: string): string {
    return this.adapters.httpAdapter.normalizePath?.(path) ?? path;
  }

  /** @throws the reason of an abort, or an error of Node if the route ends without a response */
  async send(call: InProcessCall, request: RouteRequest): Promise<RouteResponse> {
    this.ready ??= this.prepare();
    const server = await this.ready;
    const end = socketOf(call.origin);
    const response = await exchangeInProcess(request, () =>
      connectInProcess(server, end, (socket) => markInProcess(socket, call)),
    );
    const { statusCode = 500, headers } = response;
    return { status: statusCode, headers, body: await readBody(response, request.maxBytes) };
  }

  private async prepare(): Promise<Server> {
    const { httpAdapter } = this.adapters;
    // Fastify answers once its plugins are loaded, which an application that does not listen may not
    // have waited for.
    if (httpAdapter.getType() === 'fastify') await httpAdapter.getInstance().ready();
    const server: Server = httpAdapter.getHttpServer();
    server.prependListener('request', (request) => {
      const call = inProcessCallOf(request);
      if (call) attachPrincipal(request, call.access.principal);
    });
    return server;
  }
}

/** The address and the encryption of the caller's connection, so that both requests show the same. */
function socketOf(origin: object): {
  readonly remoteAddress?: string;
  readonly encrypted?: boolean;
} {
  const socket: unknown = Reflect.get(carrierOf(origin), 'socket');
  if (typeof socket !== 'object' || socket === null) return {};
  const remoteAddress: unknown = Reflect.get(socket, 'remoteAddress');
  return {
    ...(typeof remoteAddress === 'string' && { remoteAddress }),
    ...(Reflect.get(socket, 'encrypted') === true && { encrypted: true }),
  };
}

/** @returns `undefined` for a body that is longer than `maxBytes` */
async function readBody(response: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    // Leaving the loop destroys the response, and with it the connection.
    if (bytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

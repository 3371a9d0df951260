import type { Server } from 'node:http';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { markInProcess, type InProcessCall } from '../../access/in-process-call.js';
import { attachPrincipal, connectionOf } from '../../request/request-record.js';
import {
  exchangeInMemory,
  type MemoryPeer,
  type MemoryRequest,
  type MemoryResponse,
} from './memory-exchange.js';

/**
 * Hands requests to the routes of this application. They pass everything that a request from a network
 * passes: hooks, middleware, guards, pipes, interceptors and filters.
 */
@Injectable()
export class RouteDispatcher {
  private ready: Promise<unknown> | undefined;
  /** The server, once it answers. */
  private server: Server | undefined;

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

  /** @throws the reason of an abort, or an error if the route ends without a response */
  send(call: InProcessCall, request: MemoryRequest): Promise<MemoryResponse> {
    const { server } = this;
    if (!server) return this.prepare().then(() => this.send(call, request));
    return exchangeInMemory(server, request, peerOf(call.origin), (incoming, socket) => {
      markInProcess(socket, call);
      attachPrincipal(incoming, call.access.principal);
    });
  }

  private async prepare(): Promise<void> {
    const { httpAdapter } = this.adapters;
    // Fastify answers once its plugins are loaded, which an application that does not listen may not
    // have waited for.
    this.ready ??= Promise.resolve(
      httpAdapter.getType() === 'fastify' && httpAdapter.getInstance().ready(),
    );
    await this.ready;
    this.server = httpAdapter.getHttpServer() as Server;
  }
}

/** The address and the encryption of the caller's connection, so that both requests show the same. */
function peerOf(origin: object): MemoryPeer {
  const socket = connectionOf(origin);
  if (!socket) return {};
  const remoteAddress: unknown = Reflect.get(socket, 'remoteAddress');
  return {
    ...(typeof remoteAddress === 'string' && { remoteAddress }),
    ...(Reflect.get(socket, 'encrypted') === true && { encrypted: true }),
  };
}

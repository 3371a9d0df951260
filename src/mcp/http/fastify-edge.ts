import { Injectable, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { JSON_RPC, jsonRpcError } from '../serving/json-rpc-error.js';

/** Marks the routes of MCP endpoints in the configuration that Fastify keeps of a route. */
export const MCP_ROUTE = { 'nestjs-clerk-mcp:endpoint': true } as const;

/**
 * Makes what Fastify itself refuses on an MCP route, such as malformed JSON or a body over the limit,
 * a JSON-RPC error. It is there before Nest registers the routes.
 */
@Injectable()
export class FastifyEdge {
  private readonly logger = new Logger('McpEndpoint');

  constructor(private readonly adapters: HttpAdapterHost) {
    // A testing module makes its providers before it knows the adapter.
    adapters.init$.subscribe(() => this.mount());
  }

  private mount(): void {
    // There is none where the server speaks over stdio only.
    const httpAdapter: HttpAdapterHost['httpAdapter'] | null = this.adapters.httpAdapter;
    if (httpAdapter?.getType() !== 'fastify') return;
    const instance: FastifyInstance = httpAdapter.getInstance();
    instance.addHook('onRoute', (route) => {
      if (!isMcpRoute(route.config)) return;
      route.errorHandler = this.answer;
      route.onRequest = [route.onRequest ?? [], forgetTypeOfNothing].flat();
    });
  }

  private readonly answer = (
    error: FastifyError,
    _request: FastifyRequest,
    reply: FastifyReply,
  ): void => {
    const { status, code, message } = describe(error);
    if (status >= 500) this.logger.error('Fastify could not take a request', error.stack);
    void reply.code(status).send(jsonRpcError(code, message));
  };
}

/** Clients send the type of a body with a DELETE too, which has none; Fastify would miss the body. */
function forgetTypeOfNothing(
  { method, headers }: FastifyRequest,
  _reply: FastifyReply,
  done: () => void,
): void {
  const isEmpty = (headers['content-length'] ?? '0') === '0' && !headers['transfer-encoding'];
  if (method === 'DELETE' && isEmpty) delete headers['content-type'];
  done();
}

function isMcpRoute(config: unknown): boolean {
  const [key] = Object.keys(MCP_ROUTE);
  return typeof config === 'object' && config !== null && Reflect.get(config, key ?? '') === true;
}

function describe({ code, statusCode = 500 }: FastifyError): RpcFailure {
  const known = KNOWN[code];
  if (known) return known;
  if (statusCode === 400) return KNOWN.FST_ERR_CTP_INVALID_JSON_BODY;
  if (statusCode > 400 && statusCode < 500) {
    return { status: statusCode, code: JSON_RPC.invalidRequest, message: 'Invalid request' };
  }
  return { status: 500, code: JSON_RPC.internalError, message: 'Internal server error' };
}

interface RpcFailure {
  readonly status: number;
  readonly code: number;
  readonly message: string;
}

const KNOWN: Record<string, RpcFailure> & { readonly FST_ERR_CTP_INVALID_JSON_BODY: RpcFailure } = {
  FST_ERR_CTP_INVALID_JSON_BODY: {
    status: 400,
    code: JSON_RPC.parseError,
    message: 'Parse error: the request body is not valid JSON',
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: {
    status: 400,
    code: JSON_RPC.parseError,
    message: 'Parse error: the request body is empty',
  },
  FST_ERR_CTP_BODY_TOO_LARGE: {
    status: 413,
    code: JSON_RPC.serverError,
    message: 'Payload Too Large: the request body is over the limit of this server',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    status: 415,
    code: JSON_RPC.serverError,
    message: 'Unsupported Media Type: Content-Type must be application/json',
  },
};

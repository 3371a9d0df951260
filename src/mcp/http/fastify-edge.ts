import { SetMetadata } from '@nestjs/common';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AdapterEdge } from './adapter-edge.js';
import { edgeFailure } from './edge-failure.js';

/**
 * Marks a route of the MCP endpoint at a path, in the configuration that Fastify keeps of a route. It is
 * what `@RouteConfig()` does, without an import that an application on Express could not resolve.
 */
export const McpRoute = (path: string): MethodDecorator =>
  SetMetadata('__fastify_route_config__', { [MCP_ROUTE]: path });

/** Gives the routes of an endpoint an error handler of their own, as Nest registers them. */
export const fastifyEdge: AdapterEdge = {
  start(instance: FastifyInstance, { path, direct, report }) {
    const answer = (error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void => {
      const { status, body } = edgeFailure(error.statusCode ?? 500);
      if (status >= 500) report(error);
      void reply.code(status).send(body);
    };
    instance.addHook('onRoute', (route) => {
      if (!isRouteOf(path, route.config)) return;
      route.errorHandler = answer;
      route.onRequest = [route.onRequest ?? [], forgetTypeOfNothing].flat();
      if (route.method === 'POST') route.handler = direct.around(route.handler);
    });
  },
};

const MCP_ROUTE = 'nestjs-clerk-mcp:endpoint';

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

function isRouteOf(path: string, config: unknown): boolean {
  return typeof config === 'object' && config !== null && Reflect.get(config, MCP_ROUTE) === path;
}

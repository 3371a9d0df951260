import { isJsonContentType } from '@modelcontextprotocol/server';
import { SetMetadata } from '@nestjs/common';
import type {
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  preParsingHookHandler,
} from 'fastify';
import {
  isDerived,
  openFastifyRoute,
  optionsRouteOf,
  slashedRouteOf,
} from '../../request/cross-origin-routes.js';
import type { AdapterEdge } from './adapter-edge.js';
import { edgeFailure, isInternal } from './edge-failure.js';
import { afterBody, BodyRefusedError } from './http-errors.js';

/**
 * Marks a route of the MCP endpoint at a path in the route configuration of Fastify. It does the
 * same as `@RouteConfig()`, without an import that an application on Express could not resolve.
 */
export const McpRoute = (path: string): MethodDecorator =>
  SetMetadata('__fastify_route_config__', { [MCP_ROUTE]: path });

/** Gives the routes of an endpoint their own error handler when Nest registers them. */
export const fastifyEdge: AdapterEdge = {
  start(instance: FastifyInstance, { path, plannedRoute, bodies, pages, report }) {
    const sendFailure = (
      error: FastifyError,
      request: FastifyRequest,
      reply: FastifyReply,
    ): void => {
      const failure = edgeFailure(error, error.statusCode ?? 500);
      if (isInternal(error, failure)) report(error);
      afterBody(request.raw, error, () => {
        void reply.code(failure.status).headers(failure.headers).send(failure.body);
      });
    };
    const watch: preParsingHookHandler = (request, reply, payload, done) => {
      const { 'content-type': type } = request.headers;
      // Nest also parses forms, for the routes of the application.
      if (type !== undefined && !isJsonContentType(type)) return done(notJson());
      // The last hook before the parser: from here on the payload flows.
      bodies.watch(request.raw, reply.raw, payload);
      done(null, payload);
    };
    instance.addHook('onRoute', (route) => {
      if (!isRouteOf(path, route.config) || isDerived(route)) return;
      route.errorHandler = sendFailure;
      if (route.method === 'DELETE') {
        route.onRequest = [route.onRequest ?? [], forgetTypeOfNothing].flat();
      }
      if (route.method === 'POST') {
        route.preParsing = [route.preParsing ?? [], watch].flat();
        route.handler = plannedRoute.wrap(route.handler);
      }
      openFastifyRoute(route, pages);
      // Fastify adds the routes for HEAD itself.
      if (route.method === 'HEAD') return;
      const more = route.method === 'POST' ? [optionsRouteOf(route, pages)] : [];
      const slashed = [route, ...more].map((one) => slashedRouteOf(instance, one));
      for (const one of [...more, ...slashed]) if (one) instance.route(one);
    });
  },
};

function notJson(): BodyRefusedError {
  return new BodyRefusedError(415, 'Unsupported Media Type: Content-Type must be application/json');
}

const MCP_ROUTE = 'nestjs-clerk-mcp:endpoint';

/** Some clients send a content type with a DELETE without a body; Fastify would refuse it. */
function forgetTypeOfNothing(
  { headers }: FastifyRequest,
  _reply: FastifyReply,
  done: () => void,
): void {
  const isEmpty = (headers['content-length'] ?? '0') === '0' && !headers['transfer-encoding'];
  if (isEmpty) delete headers['content-type'];
  done();
}

function isRouteOf(path: string, config: unknown): boolean {
  return typeof config === 'object' && config !== null && Reflect.get(config, MCP_ROUTE) === path;
}

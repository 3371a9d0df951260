import type { MiddlewareConsumer } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import type { RequestScope } from './request-scope.js';

/**
 * Opens the scope at the start of each request: in a hook of Fastify, which costs a fraction of a
 * Nest middleware, and in a middleware elsewhere. Always by `run`, never by `enter`, which leaks
 * the user into the next request of the connection.
 */
export function mountRequestScope(
  scope: RequestScope,
  { httpAdapter }: HttpAdapterHost,
  consumer: MiddlewareConsumer,
): void {
  if (httpAdapter?.getType() === 'fastify') {
    const fastify: FastifyHooks = httpAdapter.getInstance();
    fastify.addHook('onRequest', (request, _reply, done) => scope.open(request.raw, done));
    return;
  }
  consumer
    .apply((request: object, _response: object, next: () => void) => scope.open(request, next))
    .forRoutes('{*path}');
}

/** The part of a Fastify instance that is used here. */
interface FastifyHooks {
  addHook(
    name: 'onRequest',
    hook: (request: { readonly raw: object }, reply: object, done: () => void) => void,
  ): unknown;
}

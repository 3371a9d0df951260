import type { HttpAdapterHost } from '@nestjs/core';
import type { RequestScope } from './request-scope.js';

/**
 * Opens the scope at the start of each request, before any middleware of Nest: in a hook of Fastify,
 * which costs a fraction of a middleware, and in a middleware of the framework elsewhere. Always by
 * `run`, never by `enter`, which leaks the user into the next request of the connection.
 */
export function mountRequestScope(scope: RequestScope, { httpAdapter }: HttpAdapterHost): void {
  if (!httpAdapter?.getType()) return;
  if (httpAdapter.getType() === 'fastify') {
    const fastify: FastifyHooks = httpAdapter.getInstance();
    fastify.addHook('onRequest', (request, _reply, done) => scope.open(request.raw, done));
    return;
  }
  httpAdapter.use((request: object, _response: object, next: () => void) =>
    scope.open(request, next),
  );
}

/** The part of a Fastify instance that is used here. */
interface FastifyHooks {
  addHook(
    name: 'onRequest',
    hook: (request: { readonly raw: object }, reply: object, done: () => void) => void,
  ): unknown;
}

import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { mcpApp, type McpAppOptions } from '../fixtures.js';
import { ServedTools } from '../server/tools.js';

/** An application, and how many requests have come to what Nest itself registered for the endpoint. */
export async function counted(options: McpAppOptions = {}, providers: readonly unknown[] = []) {
  const adapter = new FastifyAdapter({ bodyLimit: 100_000, forceCloseConnections: true });
  let throughNest = 0;
  const fastify: FastifyInstance = adapter.getInstance();
  // Before the package has its hand on the routes.
  fastify.addHook('onRoute', (route) => {
    const { handler } = route;
    route.handler = function counting(request, reply) {
      throughNest += 1;
      return handler.call(this, request, reply);
    };
  });
  const mcp = await mcpApp([ServedTools, ...providers], { adapter, ...options });
  return { ...mcp, throughNest: () => throughNest };
}

/** The headers of an answer that do not depend on the way that it was written. */
export function headersOf(response: Response): Record<string, string> {
  const {
    date: _date,
    'content-length': _length,
    // The SDK streams its answers.
    'transfer-encoding': _encoding,
    ...headers
  } = Object.fromEntries(response.headers);
  return headers;
}

/** A body without the id of its request. */
export function withoutId(body: unknown): unknown {
  return { ...(body as object), id: undefined };
}

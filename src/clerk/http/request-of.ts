import type { ArgumentsHost } from '@nestjs/common';

/**
 * The Fastify or Express request of an execution context. In a tool it is the first argument; in a GraphQL
 * resolver it is in the context of the driver (Apollo: `req`, Mercurius: `reply.request`). `undefined` for
 * other transports.
 */
export function requestOf(context: ArgumentsHost): object | undefined {
  switch (context.getType<string>()) {
    case 'http':
    case 'mcp':
      return asObject(context.getArgByIndex(0));
    case 'graphql':
      return requestIn(context.getArgByIndex<GraphQLContext | undefined>(2));
    default:
      return undefined;
  }
}

interface GraphQLContext {
  readonly req?: unknown;
  readonly reply?: { readonly request?: unknown };
}

function requestIn(context: GraphQLContext | undefined): object | undefined {
  return asObject(context?.req) ?? asObject(context?.reply?.request);
}

function asObject(value: unknown): object | undefined {
  return typeof value === 'object' && value !== null ? value : undefined;
}

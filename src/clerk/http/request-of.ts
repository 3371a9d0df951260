import type { ArgumentsHost } from '@nestjs/common';

/**
 * The request behind an execution context: Fastify's or Express's own, also inside a tool, where
 * it is the first argument, and inside a GraphQL resolver, where the driver has it in the context
 * (Apollo as `req`, Mercurius behind `reply`). `undefined` for other transports.
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

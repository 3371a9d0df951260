import type { ExecutionContext } from '@nestjs/common';

/**
 * The request behind an execution context: Fastify's or Express's own, also inside a tool, where
 * it is the first argument, and inside a GraphQL resolver. `undefined` for other transports.
 */
export function requestOf(context: ExecutionContext): object | undefined {
  switch (context.getType<string>()) {
    case 'http':
    case 'mcp':
      return asObject(context.getArgByIndex(0));
    case 'graphql':
      return asObject(context.getArgByIndex<{ req?: unknown } | undefined>(2)?.req);
    default:
      return undefined;
  }
}

function asObject(value: unknown): object | undefined {
  return typeof value === 'object' && value !== null ? value : undefined;
}

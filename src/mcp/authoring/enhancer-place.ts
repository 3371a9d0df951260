import type { ArgumentsHost, ExecutionContext } from '@nestjs/common';
import { HAS_ENDPOINT_GUARDS } from '../../request/guard-phase.js';

/**
 * Whether an enhancer runs around a tool, a resource, a prompt or a completion. An `APP_*` enhancer runs
 * twice for a call: around the HTTP request of the endpoint, see {@link isMcpRequest}, and around the
 * handler.
 *
 * @example
 * ```ts
 * intercept(context: ExecutionContext, next: CallHandler) {
 *   return isMcpRequest(context) ? next.handle() : next.handle().pipe(timed(context));
 * }
 * ```
 */
export function isMcpCall(host: ArgumentsHost): boolean {
  return host.getType<string>() === 'mcp';
}

/**
 * Whether an enhancer runs around an HTTP request of an MCP endpoint, before it is known what the request
 * calls. A batch has several calls, a list or a stream has none.
 */
export function isMcpRequest(context: ExecutionContext): boolean {
  return (
    context.getType() === 'http' &&
    Reflect.getMetadata(HAS_ENDPOINT_GUARDS, context.getClass()) === true
  );
}

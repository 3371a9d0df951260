import { HttpException } from '@nestjs/common';
import type { McpErrorCode } from '../mcp.errors.js';

/**
 * A route that serves a tool answered with a status of 400 or more. The caller gets the message below
 * 500.
 */
export class RouteFailedError extends HttpException {
  readonly code = 'ROUTE_FAILED' satisfies McpErrorCode;

  /** @param retryAfter in seconds, if the response names it */
  constructor(
    message: string,
    status: number,
    readonly retryAfter?: number,
  ) {
    super(message, status);
    this.name = new.target.name;
  }
}

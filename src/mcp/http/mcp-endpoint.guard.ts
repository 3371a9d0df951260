import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { MaybePromise } from '../../access/maybe-promise.js';
import { noteCalls } from '../../access/request-calls.js';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import { RESOLVED_MCP_OPTIONS } from '../mcp.tokens.js';
import { EndpointGuards } from './endpoint-guards.js';
import { assertHostAndOrigin } from './host-and-origin.js';
import { rawRequest, type HttpRequest } from './raw-http.js';
import { readRequest } from './request-reading.js';

/**
 * Guards the route of the endpoint, in whatever spelling a request has reached it: first who may talk
 * to this host at all, then whether the body is within the limits, then the configured guards.
 */
@Injectable()
export class McpEndpointGuard implements CanActivate {
  constructor(
    @Inject(RESOLVED_MCP_OPTIONS) private readonly options: ResolvedMcpOptions,
    private readonly guards: EndpointGuards,
  ) {}

  canActivate(context: ExecutionContext): MaybePromise<boolean> {
    const request = context.getArgByIndex<HttpRequest>(0);
    assertHostAndOrigin(rawRequest(request), this.options);
    const { messages } = readRequest(request, this.options.limits);
    if (messages.length > 1) noteCalls(request, messages.length);
    return this.guards.activate(context);
  }
}

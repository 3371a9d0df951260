import type { IncomingMessage } from 'node:http';
import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { MaybePromise } from '../../access/maybe-promise.js';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import { RESOLVED_MCP_OPTIONS } from '../mcp.tokens.js';
import { EndpointGuards } from './endpoint-guards.js';
import { assertHostAndOrigin } from './host-and-origin.js';
import { rawRequest } from './raw-http.js';

/**
 * Guards the route of the endpoint, in whatever spelling a request has reached it: first who may talk
 * to this host at all, then the configured guards.
 */
@Injectable()
export class McpEndpointGuard implements CanActivate {
  constructor(
    @Inject(RESOLVED_MCP_OPTIONS) private readonly options: ResolvedMcpOptions,
    private readonly guards: EndpointGuards,
  ) {}

  canActivate(context: ExecutionContext): MaybePromise<boolean> {
    const request: IncomingMessage = rawRequest(context.getArgByIndex(0));
    assertHostAndOrigin(request, this.options);
    return this.guards.activate(context);
  }
}

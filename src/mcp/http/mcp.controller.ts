import {
  Controller,
  Delete,
  Get,
  Patch,
  Post,
  Put,
  Req,
  Res,
  UseFilters,
  UseGuards,
  VERSION_NEUTRAL,
  type Type,
} from '@nestjs/common';
import { AccessRefusedError } from '../../access/access.errors.js';
import type { Refusal } from '../../access/refusal.js';
import { DeferAccess, HasEndpointGuards, ResourcePath } from '../../request/guard-phase.js';
import { OwnRoutes } from '../../request/own-routes.js';
import { andThen, type MaybePromise } from '../../request/value-or-promise.js';
import { JSON_RPC } from '../protocol/json-rpc-error.js';
import { McpEndpointGuard } from './endpoint-guards.js';
import { McpRoute } from './fastify-edge.js';
import { ENDPOINT_METHODS } from './host-and-origin.js';
import { McpHttpException } from './http-errors.js';
import { McpEndpointFilter } from './mcp-endpoint.filter.js';
import { McpEndpoint } from './mcp-endpoint.js';
import type { HttpReply, HttpRequest } from './raw-http.js';
import { type McpRoutes } from './route-plan.js';

/** The routes of an endpoint at this path, with its guards. */
export function createMcpController(path: string): Type<McpRoutes> {
  @Controller({ path, version: VERSION_NEUTRAL })
  @OwnRoutes(ENDPOINT)
  @ResourcePath(path)
  @DeferAccess()
  @HasEndpointGuards()
  @UseGuards(McpEndpointGuard)
  @UseFilters(McpEndpointFilter)
  class McpController implements McpRoutes {
    constructor(private readonly endpoint: McpEndpoint) {}

    handle(request: HttpRequest, reply: HttpReply): MaybePromise<Refusal | void> {
      return this.endpoint.handle(request, reply);
    }

    @Post()
    @McpRoute(path)
    post(@Req() request: HttpRequest, @Res() reply: HttpReply): MaybePromise<void> {
      return andThen(this.handle(request, reply), throwRefusal);
    }

    @Get()
    @McpRoute(path)
    get(@Req() request: HttpRequest, @Res() reply: HttpReply): MaybePromise<void> {
      return andThen(this.handle(request, reply), throwRefusal);
    }

    @Delete()
    @McpRoute(path)
    delete(@Req() request: HttpRequest, @Res() reply: HttpReply): MaybePromise<void> {
      return andThen(this.handle(request, reply), throwRefusal);
    }

    @Put()
    @McpRoute(path)
    put(): never {
      throw methodNotAllowed();
    }

    @Patch()
    @McpRoute(path)
    patch(): never {
      throw methodNotAllowed();
    }
  }
  return McpController;
}

const ENDPOINT = {
  name: 'the endpoint',
  cure: "Give one of them another path: McpModule.forRoot({ path: 'tools/mcp', … }).",
};

function throwRefusal(refusal: Refusal | void): void {
  if (refusal) throw new AccessRefusedError(refusal);
}

const methodNotAllowed = (): McpHttpException =>
  new McpHttpException(405, JSON_RPC.serverError, 'Method not allowed. Use GET, POST or DELETE.', {
    allow: ENDPOINT_METHODS,
  });

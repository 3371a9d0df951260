import { ForbiddenException, Inject, Injectable, Logger, type Type } from '@nestjs/common';
import { ExternalContextCreator, ModulesContainer } from '@nestjs/core';
import { FORBIDDEN_MESSAGE } from '@nestjs/core/guards/constants.js';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { attempt, type MaybePromise } from '../../access/maybe-promise.js';
import { enhancersAround } from '../invocation/enhancers-around.js';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import { MCP_CONTROLLER, RESOLVED_MCP_OPTIONS } from '../mcp.tokens.js';
import { failInNest } from './early-failure.js';
import type { McpRoutes } from './mcp.controller.js';
import { McpEndpointGuard } from './mcp-endpoint.guard.js';

/** A handler of Fastify. What it returns is waited for, and is nothing once the reply is hijacked. */
export type RouteHandler = (request: FastifyRequest, reply: FastifyReply) => unknown;

/**
 * Takes a request from Fastify to the endpoint past Nest's router, where that would run nothing but the
 * guard of the endpoint. What fails fails in Nest, which has the filters and the words for it.
 */
@Injectable()
export class DirectRoute {
  private readonly logger = new Logger('McpEndpoint');
  private found: { readonly way: DirectWay | undefined } | undefined;

  constructor(
    private readonly contexts: ExternalContextCreator,
    private readonly modules: ModulesContainer,
    @Inject(MCP_CONTROLLER) private readonly controller: Type<McpRoutes> | null,
    @Inject(RESOLVED_MCP_OPTIONS) private readonly options: ResolvedMcpOptions,
  ) {}

  /** @param throughNest what Nest registers for the route */
  around(throughNest: RouteHandler): RouteHandler {
    return (request, reply) => {
      // The application may bind guards and interceptors until it listens.
      this.found ??= { way: this.find() };
      const { way } = this.found;
      if (!way) return throughNest(request, reply);
      const fail = (error: unknown): unknown => {
        if (reply.sent) return this.abandon(reply, error);
        failInNest(request, error);
        return throughNest(request, reply);
      };
      return attempt(
        () => this.admit(way, request, reply),
        fail,
        (admitted) => attempt(() => this.serve(way, admitted, request, reply), fail, done),
      );
    };
  }

  private admit(
    { guard, controller, instance }: DirectWay,
    request: FastifyRequest,
    reply: FastifyReply,
  ): MaybePromise<boolean> {
    const context = new ExecutionContextHost([request, reply], controller, instance.post);
    context.setType('http');
    return guard.canActivate(context);
  }

  private serve(
    { instance }: DirectWay,
    admitted: boolean,
    request: FastifyRequest,
    reply: FastifyReply,
  ): MaybePromise<void> {
    if (!admitted) throw new ForbiddenException(FORBIDDEN_MESSAGE);
    return instance.post(request, reply);
  }

  /** Nobody else ends a reply that was taken out of the hands of Fastify. */
  private abandon(reply: FastifyReply, error: unknown): void {
    this.logger.error('The MCP endpoint failed', error instanceof Error ? error.stack : error);
    reply.raw.destroy();
  }

  private find(): DirectWay | undefined {
    const { controller } = this;
    if (!controller || !this.options.plainExchange) return undefined;
    for (const [moduleKey, { controllers }] of this.modules) {
      const wrapper = controllers.get(controller);
      if (!wrapper) continue;
      if (!wrapper.isDependencyTreeStatic()) return undefined;
      const { instance, id: inquirerId } = wrapper;
      if (!(instance instanceof controller)) return undefined;
      const handler = instance.post;
      const around = enhancersAround(this.contexts, { instance, handler, moduleKey, inquirerId });
      const [guard, ...others] = around?.guards ?? [];
      if (others.length > 0 || around?.interceptors.length !== 0) return undefined;
      // Pipes are for parameters, and those of the endpoint take none.
      return guard instanceof McpEndpointGuard ? { controller, instance, guard } : undefined;
    }
    return undefined;
  }
}

interface DirectWay {
  readonly controller: Type<McpRoutes>;
  readonly instance: McpRoutes;
  readonly guard: McpEndpointGuard;
}

function done(): void {
  // The exchange has the reply.
}

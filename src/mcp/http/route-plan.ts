import { type MaybePromise, catchError, andThen } from '../../request/value-or-promise.js';
import type { HttpReply, HttpRequest } from './raw-http.js';
import {
  ForbiddenException,
  Inject,
  Injectable,
  Logger,
  type ArgumentsHost,
  type CanActivate,
  type Type,
} from '@nestjs/common';
import { ExternalContextCreator, ModulesContainer } from '@nestjs/core';
import { FORBIDDEN_MESSAGE, ExecutionContextHost, enhancersAround } from '../nest-internals.js';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import { MCP_CONTROLLER, RESOLVED_MCP_OPTIONS } from '../mcp.tokens.js';
import { askInOrder, verdictOf, McpEndpointGuard } from './endpoint-guards.js';

import { McpEndpointFilter } from './mcp-endpoint.filter.js';

/** A handler of Fastify. What it returns is waited for, and is nothing once the reply is hijacked. */
export type RouteHandler = (request: FastifyRequest, reply: FastifyReply) => unknown;

/**
 * Takes a request from Fastify to the endpoint past Nest's router, where that would run nothing but
 * guards, and past its exception zone, which would ask the filter of the endpoint for every error.
 */
@Injectable()
export class PlannedRoute {
  private readonly logger = new Logger('McpEndpoint');
  private found: { readonly way: RoutePlan | undefined } | undefined;

  constructor(
    private readonly contexts: ExternalContextCreator,
    private readonly modules: ModulesContainer,
    @Inject(MCP_CONTROLLER) private readonly controller: Type<McpRoutes> | null,
    @Inject(RESOLVED_MCP_OPTIONS) private readonly options: ResolvedMcpOptions,
    private readonly filter: McpEndpointFilter,
  ) {}

  /** @param throughNest what Nest registers for the route */
  around(throughNest: RouteHandler): RouteHandler {
    return (request, reply) => {
      // The application may bind guards and interceptors until it listens.
      this.found ??= { way: this.find() };
      const { way } = this.found;
      return way ? this.go(way, request, reply) : throughNest(request, reply);
    };
  }

  private go(
    { controller, instance, guards }: RoutePlan,
    request: FastifyRequest,
    reply: FastifyReply,
  ): MaybePromise<void> {
    const context = new ExecutionContextHost([request, reply], controller, instance.post);
    context.setType('http');
    const ask = (at: number) => verdictOf(guards[at]?.canActivate(context) ?? false);
    const serve = (admitted: boolean): MaybePromise<void> => {
      if (!admitted) throw new ForbiddenException(FORBIDDEN_MESSAGE);
      return instance.post(request, reply);
    };
    return catchError(
      () => andThen(askInOrder(guards.length, ask), serve),
      (error) => this.fail(error, reply, context),
    );
  }

  private fail(error: unknown, reply: FastifyReply, context: ArgumentsHost): void {
    if (!reply.sent) return this.filter.answer(error, context);
    // Nobody else ends a reply that was taken out of the hands of Fastify.
    this.logger.error('The MCP endpoint failed', error instanceof Error ? error.stack : error);
    reply.raw.destroy();
  }

  private find(): RoutePlan | undefined {
    const { controller } = this;
    if (!controller || !this.options.fastPath) return undefined;
    for (const [moduleKey, { controllers }] of this.modules) {
      const wrapper = controllers.get(controller);
      if (!wrapper) continue;
      if (!wrapper.isDependencyTreeStatic()) return undefined;
      const { instance, id: inquirerId } = wrapper;
      if (!(instance instanceof controller)) return undefined;
      const handler = instance.post;
      const around = enhancersAround(this.contexts, { instance, handler, moduleKey, inquirerId });
      // Pipes are for parameters, and those of the endpoint take none.
      if (around?.interceptors.length !== 0) return undefined;
      const guards = around.guards.filter(isGuard);
      // Whatever Nest says, nothing goes this way past the guard of the endpoint.
      const isGuarded = guards.some((guard) => guard instanceof McpEndpointGuard);
      const areAll = guards.length === around.guards.length;
      return isGuarded && areAll ? { controller, instance, guards } : undefined;
    }
    return undefined;
  }
}

interface RoutePlan {
  readonly controller: Type<McpRoutes>;
  readonly instance: McpRoutes;
  /** Those of the application first, as Nest runs them. */
  readonly guards: readonly CanActivate[];
}

function isGuard(value: unknown): value is CanActivate {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof Reflect.get(value, 'canActivate') === 'function'
  );
}

/** What the routes of an endpoint do. */
export interface McpRoutes {
  post(request: HttpRequest, reply: HttpReply): MaybePromise<void>;
}

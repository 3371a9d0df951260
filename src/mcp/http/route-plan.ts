import {
  ForbiddenException,
  Inject,
  Injectable,
  Logger,
  type CanActivate,
  type NestInterceptor,
  type Type,
} from '@nestjs/common';
import { ExternalContextCreator, ModulesContainer } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type MaybePromise, andThen, catchError, settle } from '../../request/value-or-promise.js';
import type { Refusal } from '../../access/refusal.js';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import { MCP_CONTROLLER, RESOLVED_MCP_OPTIONS } from '../mcp.tokens.js';
import { enhancersAround } from '../nest-handler-internals.js';
import { FORBIDDEN_MESSAGE, ExecutionContextHost } from '../nest-internals.js';
import { runChecks, type GuardCheck } from '../invocation/guard-checks.js';
import { runInterceptors } from '../invocation/interceptor-chain.js';
import { McpEndpointGuard } from './endpoint-guards.js';
import { McpEndpointFilter } from './mcp-endpoint.filter.js';
import type { HttpReply, HttpRequest } from './raw-http.js';
import { logFailure } from '../../request/log-failure.js';

/**
 * A handler of Fastify. Fastify awaits what it returns, and ignores the value of a hijacked reply.
 */
type RouteHandler = (request: FastifyRequest, reply: FastifyReply) => unknown;

/**
 * Takes a request from Fastify to the endpoint without Nest's router: it runs the same guards and
 * interceptors without the promises of the router, and without its exception zone, which would call the
 * filter of the endpoint for every error.
 */
@Injectable()
export class PlannedRoute {
  private readonly logger = new Logger('McpEndpoint');
  /** `null` where requests must go through Nest's router. */
  private plan: RoutePlan | null | undefined;

  constructor(
    private readonly contexts: ExternalContextCreator,
    private readonly modules: ModulesContainer,
    @Inject(MCP_CONTROLLER) private readonly controller: Type<McpRoutes> | null,
    @Inject(RESOLVED_MCP_OPTIONS) private readonly options: ResolvedMcpOptions,
    private readonly filter: McpEndpointFilter,
  ) {}

  /** @param nestHandler the handler that Nest registers for the route */
  wrap(nestHandler: RouteHandler): RouteHandler {
    return (request, reply) => {
      // The application may bind guards and interceptors until it listens.
      this.plan ??= this.createPlan() ?? null;
      return this.plan ? this.handle(this.plan, request, reply) : nestHandler(request, reply);
    };
  }

  private handle(
    { controller, instance, checks, interceptors }: RoutePlan,
    request: FastifyRequest,
    reply: FastifyReply,
  ): MaybePromise<void> {
    const context = new ExecutionContextHost([request, reply], controller, instance.post);
    context.setType('http');
    const serve = (admitted: boolean): MaybePromise<void> => {
      if (!admitted) throw new ForbiddenException(FORBIDDEN_MESSAGE);
      if (interceptors.length === 0) {
        return settle(
          () => instance.handle(request, reply),
          (error) => this.fail(error, context, reply),
          (refusal) => (refusal ? this.filter.refuse(refusal, context) : undefined),
        );
      }
      const post = (): MaybePromise<void> =>
        catchError(
          () => instance.post(request, reply),
          (error) => {
            if (!reply.sent) throw error;
            this.endUnanswered(error, reply);
          },
        );
      // Nest ignores what an interceptor returns for a handler that answers by itself.
      return andThen(runInterceptors(interceptors, context, post), () => undefined);
    };
    return catchError(
      () => andThen(runChecks(checks, context), serve),
      (error) => this.filter.respond(error, context),
    );
  }

  private fail(error: unknown, context: ExecutionContextHost, reply: FastifyReply): void {
    if (reply.sent) this.endUnanswered(error, reply);
    else this.filter.respond(error, context);
  }

  /** Fastify does not end a hijacked reply. */
  private endUnanswered(error: unknown, reply: FastifyReply): void {
    logFailure(this.logger, 'The MCP endpoint failed', error);
    reply.raw.destroy();
  }

  private createPlan(): RoutePlan | undefined {
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
      // Pipes need no check: the parameters of the endpoint take none.
      if (!around) return undefined;
      const guards = around.guards.filter(isGuard);
      const interceptors = around.interceptors.filter(isInterceptor);
      // Without the guard of the endpoint, a request never skips the router.
      const isGuarded = guards.some((guard) => guard instanceof McpEndpointGuard);
      const areAll =
        guards.length === around.guards.length &&
        interceptors.length === around.interceptors.length;
      if (!isGuarded || !areAll) return undefined;
      return { controller, instance, checks: McpEndpointGuard.checksOf(guards), interceptors };
    }
    return undefined;
  }
}

interface RoutePlan {
  readonly controller: Type<McpRoutes>;
  readonly instance: McpRoutes;
  /** Of the guards of the application, then of the endpoint. */
  readonly checks: readonly GuardCheck[];
  /** Of the application. */
  readonly interceptors: readonly NestInterceptor[];
}

function isGuard(value: unknown): value is CanActivate {
  return hasMethod(value, 'canActivate');
}

function isInterceptor(value: unknown): value is NestInterceptor {
  return hasMethod(value, 'intercept');
}

function hasMethod(value: unknown, name: string): boolean {
  return (
    typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'function'
  );
}

/** The controller of an endpoint, as far as this file uses it. */
export interface McpRoutes {
  /** @throws {AccessRefusedError} what `handle` returns */
  post(request: HttpRequest, reply: HttpReply): MaybePromise<void>;
  /** Like `post`, but returns a refusal. */
  handle(request: HttpRequest, reply: HttpReply): MaybePromise<Refusal | void>;
}

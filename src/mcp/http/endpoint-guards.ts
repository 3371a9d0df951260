import {
  Inject,
  Injectable,
  type CanActivate,
  type ExecutionContext,
  Scope,
  type OnModuleInit,
} from '@nestjs/common';
import { type MaybePromise, andThen } from '../../request/value-or-promise.js';
import { noteCalls } from '../../request/request-principal.js';
import type { ResolvedMcpOptions, McpGuard } from '../mcp-options.js';
import { RESOLVED_MCP_OPTIONS, MCP_GUARDS, MCP_PATH } from '../mcp.tokens.js';
import { assertHostAndOrigin } from './host-and-origin.js';
import { rawRequest, type HttpRequest } from './raw-http.js';
import { readRequest } from './request-reading.js';
import { ModuleRef } from '@nestjs/core';
import { markEndpointGuards } from '../../request/guard-phase.js';
import { requestContextId } from '../nest-internals.js';
import { McpConfigurationError, MissingGuardError } from '../mcp.errors.js';
import { isObservable, lastValueFrom } from 'rxjs';

/**
 * The guards that authenticate the endpoint, taken from the application's own providers, so that DI,
 * `overrideProvider` and request scope hold for them as anywhere.
 */
@Injectable()
export class EndpointGuards implements OnModuleInit {
  private resolvers: readonly GuardResolver[] = [];

  constructor(
    @Inject(MCP_GUARDS) private readonly guards: readonly McpGuard[],
    @Inject(MCP_PATH) private readonly path: string,
    private readonly moduleRef: ModuleRef,
  ) {}

  /**
   * @throws {MissingGuardError} @throws {McpConfigurationError} stops the boot rather than leave the
   *   endpoint open
   */
  onModuleInit(): void {
    this.resolvers = this.guards.map((guard) => this.resolverOf(guard));
  }

  /** Runs the guards in their order; the first that says no ends it. */
  activate(context: ExecutionContext): MaybePromise<boolean> {
    // `switchToHttp()` makes functions for each request.
    markEndpointGuards(context.getArgByIndex<object>(0));
    return askInOrder(this.resolvers.length, (at) => this.askGuard(at, context));
  }

  private askGuard(at: number, context: ExecutionContext): MaybePromise<boolean> {
    const guard = this.resolvers[at]?.(context);
    if (!guard) return false;
    return andThen(guard, (resolved) => verdictOf(resolved.canActivate(context)));
  }

  private resolverOf(guard: McpGuard): GuardResolver {
    if (this.scopeOf(guard) !== Scope.DEFAULT) return (context) => this.resolve(guard, context);
    const instance = this.moduleRef.get<CanActivate>(guard, { strict: false });
    if (typeof instance.canActivate !== 'function') {
      throw new McpConfigurationError(
        `guards names ${guard.name}, which is no guard: it has no canActivate(). Name a class that implements CanActivate.`,
      );
    }
    return () => instance;
  }

  private scopeOf(guard: McpGuard): Scope | undefined {
    try {
      return this.moduleRef.introspect(guard).scope;
    } catch (cause) {
      throw new MissingGuardError(guard.name, this.path, { cause });
    }
  }

  private async resolve(guard: McpGuard, context: ExecutionContext): Promise<CanActivate> {
    const request: object = context.switchToHttp().getRequest();
    const contextId = requestContextId(request, this.moduleRef);
    return this.moduleRef.resolve<CanActivate>(guard, contextId, { strict: false });
  }
}

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

type GuardResolver = (context: ExecutionContext) => CanActivate | Promise<CanActivate>;

/**
 * Asks guards in their order; the first that says no ends it.
 *
 * @param count of the guards
 * @param ask asks one of them
 */
export function askInOrder(
  count: number,
  ask: (at: number) => MaybePromise<boolean>,
  first = 0,
): MaybePromise<boolean> {
  for (let at = first; at < count; at += 1) {
    const verdict = ask(at);
    // Most know at once. After one that does not, the others are asked in turn.
    if (verdict instanceof Promise) {
      return verdict.then((yes) => yes && askInOrder(count, ask, at + 1));
    }
    if (!verdict) return false;
  }
  return true;
}

/** What a guard says. Anything but a boolean has to be waited for: what is no boolean is no yes. */
export function verdictOf(said: ReturnType<CanActivate['canActivate']>): MaybePromise<boolean> {
  if (typeof said === 'boolean') return said;
  return isObservable(said) ? lastValueFrom(said) : Promise.resolve(said);
}

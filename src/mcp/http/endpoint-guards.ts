import {
  Inject,
  Injectable,
  Scope,
  type CanActivate,
  type ExecutionContext,
  type OnModuleInit,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { markAtOwnGuards } from '../../access/own-guards.js';
import { whenKnown, type MaybePromise } from '../../access/maybe-promise.js';
import { requestContextId } from '../invocation/request-context-id.js';
import { McpConfigurationError } from '../mcp-configuration.error.js';
import type { McpGuard } from '../mcp-options.js';
import { MCP_GUARDS, MCP_PATH } from '../mcp.tokens.js';
import { askInOrder, verdictOf } from './ask-in-order.js';
import { MissingGuardError } from './missing-guard.error.js';

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
    markAtOwnGuards(context.getArgByIndex<object>(0));
    return askInOrder(this.resolvers.length, (at) => this.askGuard(at, context));
  }

  private askGuard(at: number, context: ExecutionContext): MaybePromise<boolean> {
    const guard = this.resolvers[at]?.(context);
    if (!guard) return false;
    return whenKnown(guard, (resolved) => verdictOf(resolved.canActivate(context)));
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

type GuardResolver = (context: ExecutionContext) => CanActivate | Promise<CanActivate>;

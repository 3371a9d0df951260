import {
  Inject,
  Injectable,
  type CanActivate,
  type ExecutionContext,
  Scope,
  type OnModuleInit,
} from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';
import { markEndpointGuards } from '../../request/guard-phase.js';
import { recordOf } from '../../request/request-record.js';
import type { MaybePromise } from '../../request/value-or-promise.js';
import { checkOf, runChecks, type GuardCheck } from '../invocation/guard-checks.js';
import type { ResolvedMcpOptions, McpGuard } from '../mcp-options.js';
import { McpConfigurationError, MissingGuardError } from '../mcp.errors.js';
import { RESOLVED_MCP_OPTIONS, MCP_GUARDS, MCP_PATH } from '../mcp.tokens.js';
import { durableContextId, requestContextId } from '../nest-internals.js';
import { McpTelemetry } from '../telemetry/mcp-telemetry.js';
import { assertHostAndOrigin } from './host-and-origin.js';
import { rawRequest, type HttpRequest } from './raw-http.js';
import { bodyOf } from './request-bodies.js';
import { readRequest } from './request-reading.js';

/**
 * Guards the routes of the endpoint: checks `Host` and `Origin`, reads the body within its limits,
 * then runs the configured guards. Those are providers of the application, so `overrideProvider`
 * and request scope work for them.
 */
@Injectable()
export class McpEndpointGuard implements CanActivate, OnModuleInit {
  private checks: readonly GuardCheck[] = [() => false];

  constructor(
    @Inject(RESOLVED_MCP_OPTIONS) private readonly options: ResolvedMcpOptions,
    @Inject(MCP_GUARDS) private readonly guards: readonly McpGuard[] | null,
    @Inject(MCP_PATH) private readonly path: string,
    private readonly moduleRef: ModuleRef,
    private readonly modules: ModulesContainer,
    private readonly telemetry: McpTelemetry,
  ) {}

  /**
   * @throws {MissingGuardError} @throws {McpConfigurationError} stops the boot rather than leave
   *   the endpoint open
   */
  onModuleInit(): void {
    this.checks = [
      (context) => this.checkRequest(context),
      ...(this.guards ?? []).map((guard) => this.checkBy(guard)),
    ];
  }

  canActivate(context: ExecutionContext): MaybePromise<boolean> {
    return runChecks(this.checks, context);
  }

  /**
   * The checks of all guards of a route in one list.
   *
   * @param guards as Nest runs them: those of the application, then this one
   */
  static checksOf(guards: readonly CanActivate[]): readonly GuardCheck[] {
    return guards.flatMap((guard) =>
      guard instanceof McpEndpointGuard ? guard.checks : [checkOf(guard)],
    );
  }

  private checkRequest(context: ExecutionContext): boolean {
    // `switchToHttp()` creates functions for each request.
    const request = context.getArgByIndex<HttpRequest>(0);
    const raw = rawRequest(request);
    assertHostAndOrigin(raw, this.options);
    const reading = readRequest(request, this.options.limits);
    const { length } = reading.messages;
    if (length > 1) recordOf(request).calls = length;
    // From here on: the time that authentication takes is part of a call.
    bodyOf(raw).observer = this.telemetry.open(reading, raw);
    markEndpointGuards(request);
    return true;
  }

  private checkBy(guard: McpGuard): GuardCheck {
    if (this.scopeOf(guard) !== Scope.DEFAULT) {
      const isDurable = this.isDurable(guard);
      return async (context) => {
        const instance = await this.resolve(guard, context, isDurable);
        return checkOf(instance)(context);
      };
    }
    const instance = this.moduleRef.get<CanActivate>(guard, { strict: false });
    if (typeof instance.canActivate !== 'function') {
      throw new McpConfigurationError(
        `guards names ${guard.name}, which is not a guard: it has no canActivate(). Name a class that implements CanActivate.`,
      );
    }
    return checkOf(instance);
  }

  private scopeOf(guard: McpGuard): Scope | undefined {
    try {
      return this.moduleRef.introspect(guard).scope;
    } catch (cause) {
      throw new MissingGuardError(guard.name, this.path, { cause });
    }
  }

  private isDurable(guard: McpGuard): boolean {
    return [...this.modules.values()].some(({ providers }) =>
      providers.get(guard)?.isDependencyTreeDurable(),
    );
  }

  private async resolve(
    guard: McpGuard,
    context: ExecutionContext,
    isDurable: boolean,
  ): Promise<CanActivate> {
    const request: object = context.switchToHttp().getRequest();
    const { moduleRef } = this;
    const contextId = requestContextId(request, moduleRef);
    const guardContextId = isDurable ? durableContextId(contextId, moduleRef) : contextId;
    return moduleRef.resolve<CanActivate>(guard, guardContextId, { strict: false });
  }
}

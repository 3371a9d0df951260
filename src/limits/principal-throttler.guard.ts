import { Inject, Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  ThrottlerGuard,
  type ThrottlerLimitDetail,
  type ThrottlerRequest,
} from '@nestjs/throttler';
import { callerKey } from '../request/caller-key.js';
import { HAS_ENDPOINT_GUARDS, isAtEndpointGuards } from '../request/guard-phase.js';
import { principalOf, recordOf } from '../request/request-record.js';
import {
  RESOLVED_LIMITS,
  SHARED_THROTTLERS,
  type ResolvedLimits,
  TooManyRequestsError,
} from './limits.options.js';

/**
 * The guard of `@nestjs/throttler`, which counts by principal, and by address for anonymous callers. It
 * works on routes, tools, prompts and resources, and on an MCP endpoint as a whole. `@Throttle()` and
 * `@SkipThrottle()` work as in Nest. List it after the guard that authenticates.
 *
 * @example
 * ```ts
 * McpModule.forRoot({ name: 'notes', version: '1.0.0', guards: [ClerkAuthGuard, PrincipalThrottlerGuard] })
 * ```
 * @throws {TooManyRequestsError}
 */
@Injectable()
export class PrincipalThrottlerGuard extends ThrottlerGuard {
  constructor(
    @Inject(RESOLVED_LIMITS) private readonly limits: ResolvedLimits,
    // Without `@Inject()`, the token of the parent's second parameter would be used.
    @Inject(Reflector) reflector: Reflector,
  ) {
    super(limits.options, limits.storage, reflector);
  }

  /** At an MCP endpoint it runs with the endpoint guards, because the caller is not known earlier. */
  protected override async shouldSkip(context: ExecutionContext): Promise<boolean> {
    const { req } = this.getRequestResponse(context);
    return this.isEndpoint(context) && !isAtEndpointGuards(req);
  }

  protected override async handleRequest(request: ThrottlerRequest): Promise<boolean> {
    const { context, limit, throttler } = request;
    if (limit === Infinity) return true;
    const isShared = SHARED_THROTTLERS.has(throttler.name);
    const { req } = this.getRequestResponse(context);
    if (!this.isEndpoint(context)) {
      if (isShared && this.limits.counted.take(req, throttler.name)) return true;
      return super.handleRequest(request);
    }
    // Limits per handler are counted for each tool, not for the endpoint.
    if (!isShared) return true;
    const { calls = 1 } = recordOf(req);
    for (let counted = 0; counted < calls; counted += 1) {
      if (!(await super.handleRequest(request))) return false;
    }
    this.limits.counted.note(req, throttler.name, calls);
    return true;
  }

  protected override async getTracker(request: object): Promise<string> {
    return callerKey(request, principalOf(request));
  }

  protected override generateKey(context: ExecutionContext, tracker: string, name: string): string {
    if (SHARED_THROTTLERS.has(name)) return tracker;
    return `${context.getClass().name}.${context.getHandler().name}:${tracker}`;
  }

  /** A tool has no HTTP response, so headers are dropped: its result contains the error. */
  protected override getRequestResponse(context: ExecutionContext) {
    if (context.getType<string>() === 'graphql') {
      const { req = {}, res = {} } = context.getArgByIndex<GraphQLContext>(2);
      return { req, res };
    }
    const { req, res } = super.getRequestResponse(context);
    return { req, res: context.getType<string>() === 'mcp' ? {} : res };
  }

  protected override setResponseHeader(response: object, name: string, value: string | number) {
    // Only `Retry-After` is sent, because clients do not know the headers of each throttler.
    if (!name.startsWith('Retry-After-')) super.setResponseHeader(response, name, value);
  }

  protected override async throwThrottlingException(
    context: ExecutionContext,
    { timeToBlockExpire }: ThrottlerLimitDetail,
  ): Promise<void> {
    const retryAfter = Math.max(1, timeToBlockExpire);
    this.setResponseHeader(this.getRequestResponse(context).res, 'Retry-After', retryAfter);
    throw new TooManyRequestsError(retryAfter);
  }

  private isEndpoint(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return false;
    return this.reflector.get(HAS_ENDPOINT_GUARDS, context.getClass()) === true;
  }
}

interface GraphQLContext {
  readonly req?: object;
  readonly res?: object;
}

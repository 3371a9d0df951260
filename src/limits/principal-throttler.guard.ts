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
 * The guard of `@nestjs/throttler`, which counts by principal and, where nobody is signed in, by
 * address. It works on routes, on tools, prompts and resources, and on an MCP endpoint as a whole;
 * `@Throttle()` and `@SkipThrottle()` mean what they mean in Nest. List it after the guard that
 * authenticates.
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
    // Said outright: what the parent says of its second parameter would hold here as well.
    @Inject(Reflector) reflector: Reflector,
  ) {
    super(limits.options, limits.storage, reflector);
  }

  /** An endpoint has guards of its own: before they run, nobody knows who calls. */
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
    // The endpoint is no handler: each of its tools is one.
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

  /** A tool has no response of its own: what it says goes into its result. */
  protected override getRequestResponse(context: ExecutionContext) {
    if (context.getType<string>() === 'graphql') {
      const { req = {}, res = {} } = context.getArgByIndex<GraphQLContext>(2);
      return { req, res };
    }
    const { req, res } = super.getRequestResponse(context);
    return { req, res: context.getType<string>() === 'mcp' ? {} : res };
  }

  protected override setResponseHeader(response: object, name: string, value: string | number) {
    // One `Retry-After` says it all, and clients know no other.
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

import {
  Inject,
  Injectable,
  type CanActivate,
  type ExecutionContext,
  type OnModuleInit,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { callerKey } from '../request/caller-key.js';
import { HAS_ENDPOINT_GUARDS, isAtEndpointGuards } from '../request/guard-phase.js';
import { principalOf, recordOf } from '../request/request-record.js';
import { andThen, type MaybePromise } from '../request/value-or-promise.js';
import {
  DecoratedThrottler,
  exchangeOf,
  isThrottleDecorated,
  limitKey,
  setHeader,
  tooManyRequests,
} from './decorated-throttler.js';
import {
  RESOLVED_LIMITS,
  SHARED_THROTTLERS,
  countHit,
  type ResolvedLimits,
  type Throttler,
} from './limits.options.js';

/**
 * The guard of `@nestjs/throttler`, which counts by principal, and by address for anonymous callers. It
 * works on routes, tools, prompts and resources, and on an MCP endpoint as a whole. `@Throttle()` and
 * `@SkipThrottle()` work as in Nest. List it after the guard that authenticates.
 *
 * Synchronous where this process counts and the handler has neither decorator.
 *
 * @example
 * ```ts
 * McpModule.forRoot({ name: 'notes', version: '1.0.0', guards: [ClerkAuthGuard, PrincipalThrottlerGuard] })
 * ```
 * @throws {TooManyRequestsError}
 */
@Injectable()
export class PrincipalThrottlerGuard implements CanActivate, OnModuleInit {
  private readonly decorated: DecoratedThrottler;
  private readonly limited: readonly Limit[];
  /** The limits over all handlers. */
  private readonly shared: readonly Limit[];
  /** By class and handler. */
  private readonly places = new WeakMap<Function, Map<Function, Place>>();

  constructor(
    @Inject(RESOLVED_LIMITS) private readonly limits: ResolvedLimits,
    private readonly reflector: Reflector,
  ) {
    this.decorated = new DecoratedThrottler(limits, reflector);
    this.limited = limits.limited.map((one) => ({ ...one, headers: headersOf(one) }));
    this.shared = this.limited.filter(({ name }) => SHARED_THROTTLERS.has(name));
  }

  onModuleInit(): Promise<void> {
    return this.decorated.onModuleInit();
  }

  canActivate(context: ExecutionContext): MaybePromise<boolean> {
    switch (this.placeOf(context)) {
      case 'decorated':
        return this.decorated.canActivate(context);
      case 'endpoint':
        return this.countAtEndpoint(context);
      case 'handler':
        return this.countCall(context);
    }
  }

  /**
   * Limits per handler are counted for each tool, not for the endpoint. The caller is not known before the
   * endpoint guards run.
   */
  private countAtEndpoint(context: ExecutionContext): MaybePromise<boolean> {
    const { req } = exchangeOf(context);
    if (!isAtEndpointGuards(req)) return true;
    const { calls = 1 } = recordOf(req);
    const { shared } = this;
    const hits = calls === 1 ? shared : shared.flatMap((one) => Array<Limit>(calls).fill(one));
    return andThen(this.countAll(hits, context), () => {
      for (const { name } of shared) this.limits.counted.note(req, name, calls);
      return true;
    });
  }

  private countCall(context: ExecutionContext): MaybePromise<boolean> {
    const { counted } = this.limits;
    const { req } = exchangeOf(context);
    const hits = this.limited.filter(
      ({ name }) => !(SHARED_THROTTLERS.has(name) && counted.take(req, name)),
    );
    return this.countAll(hits, context);
  }

  private countAll(
    hits: readonly Limit[],
    context: ExecutionContext,
    first = 0,
  ): MaybePromise<boolean> {
    for (let at = first; at < hits.length; at += 1) {
      const throttler = hits[at];
      const counted = throttler && this.count(throttler, context);
      if (counted instanceof Promise) {
        return counted.then(() => this.countAll(hits, context, at + 1));
      }
    }
    return true;
  }

  /** @throws {TooManyRequestsError} as a rejection if the storage is asynchronous */
  private count(throttler: Limit, context: ExecutionContext): MaybePromise<void> {
    const { req, res } = exchangeOf(context);
    const { name, limit, setHeaders = true, getTracker, headers } = throttler;
    const tracker = getTracker ? getTracker(req) : callerKey(req, principalOf(req));
    const record = countHit(this.limits.storage, throttler, limitKey(context, tracker, name));
    return andThen(record, ({ totalHits, timeToExpire, isBlocked, timeToBlockExpire }) => {
      if (isBlocked) {
        this.limits.exceeded(name);
        throw tooManyRequests(res, timeToBlockExpire);
      }
      if (!setHeaders) return;
      setHeader(res, headers.limit, limit);
      setHeader(res, headers.remaining, Math.max(0, limit - totalHits));
      setHeader(res, headers.reset, timeToExpire);
    });
  }

  private placeOf(context: ExecutionContext): Place {
    const [type, handler] = [context.getClass(), context.getHandler()];
    const known = this.places.get(type)?.get(handler);
    if (known) return known;
    const place = this.findPlace(type, handler);
    this.places.set(type, (this.places.get(type) ?? new Map()).set(handler, place));
    return place;
  }

  private findPlace(type: Function, handler: Function): Place {
    if (this.reflector.get(HAS_ENDPOINT_GUARDS, type) === true) return 'endpoint';
    return [type, handler].some(isThrottleDecorated) ? 'decorated' : 'handler';
  }
}

/** What a limit is counted for: the requests to an MCP endpoint, or the calls of a handler. */
type Place = 'endpoint' | 'decorated' | 'handler';

/** A limit, with the names of its headers. */
interface Limit extends Throttler {
  readonly headers: HeaderNames;
}

/** The headers that tell a caller of its limit. In lower case, as Fastify keeps them. */
interface HeaderNames {
  readonly limit: string;
  readonly remaining: string;
  readonly reset: string;
}

function headersOf({ name }: Throttler): HeaderNames {
  const suffix = name === 'default' ? '' : `-${name}`;
  return {
    limit: `x-ratelimit-limit${suffix}`,
    remaining: `x-ratelimit-remaining${suffix}`,
    reset: `x-ratelimit-reset${suffix}`,
  };
}

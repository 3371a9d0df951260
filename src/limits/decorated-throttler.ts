import type { ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import {
  SkipThrottle,
  Throttle,
  ThrottlerGuard,
  type ThrottlerLimitDetail,
  type ThrottlerRequest,
} from '@nestjs/throttler';
import { callerKey } from '../request/caller-key.js';
import { principalOf } from '../request/request-record.js';
import { SHARED_THROTTLERS, TooManyRequestsError, type ResolvedLimits } from './limits.options.js';

/**
 * The guard of `@nestjs/throttler`, for handlers with `@Throttle()` or `@SkipThrottle()`: it reads these
 * decorators, and resolves the functions that they may contain.
 */
export class DecoratedThrottler extends ThrottlerGuard {
  constructor(
    private readonly limits: ResolvedLimits,
    reflector: Reflector,
  ) {
    super(limits.options, limits.storage, reflector);
  }

  protected override async handleRequest(request: ThrottlerRequest): Promise<boolean> {
    const { context, limit, throttler } = request;
    if (limit === Infinity) return true;
    const { req } = this.getRequestResponse(context);
    const isCounted =
      SHARED_THROTTLERS.has(throttler.name) && this.limits.counted.take(req, throttler.name);
    return isCounted || super.handleRequest(request);
  }

  protected override async getTracker(request: object): Promise<string> {
    return callerKey(request, principalOf(request));
  }

  protected override generateKey(context: ExecutionContext, tracker: string, name: string): string {
    return limitKey(context, tracker, name);
  }

  protected override getRequestResponse(context: ExecutionContext): Exchange {
    return exchangeOf(context);
  }

  protected override setResponseHeader(reply: object, name: string, value: string | number): void {
    // Only `Retry-After` is sent, because clients do not know the headers of each throttler.
    if (!name.startsWith('Retry-After-')) setHeader(reply, name, value);
  }

  protected override async throwThrottlingException(
    context: ExecutionContext,
    { timeToBlockExpire }: ThrottlerLimitDetail,
  ): Promise<void> {
    this.limits.exceeded('handler');
    throw tooManyRequests(exchangeOf(context).res, timeToBlockExpire);
  }
}

/** Whether a class or a handler has a decorator of `@nestjs/throttler`. */
export function isThrottleDecorated(target: object): boolean {
  return Reflect.getMetadataKeys(target).some(
    (key) => typeof key === 'string' && KEY_PREFIXES.some((prefix) => key.startsWith(prefix)),
  );
}

/** What the keys of the metadata of the decorators start with: the name of the throttler follows. */
const KEY_PREFIXES = [SkipThrottle({ '': true }), Throttle({ '': { limit: 1, ttl: 1 } })].flatMap(
  (decorate) => {
    const probe = class {};
    decorate(probe);
    return Reflect.getMetadataKeys(probe).map(String);
  },
);

/** The request and the reply of a call that is limited. */
interface Exchange {
  readonly req: Record<string, unknown>;
  readonly res: Record<string, unknown>;
}

/** A tool has no HTTP response, so headers are dropped: its result contains the error. */
export function exchangeOf(context: ExecutionContext): Exchange {
  switch (context.getType<string>()) {
    case 'graphql': {
      const { req = {}, res = {} } = context.getArgByIndex<Partial<Exchange>>(2);
      return { req, res };
    }
    case 'mcp':
      return { req: context.getArgByIndex(0), res: NO_REPLY };
    default:
      return { req: context.getArgByIndex(0), res: context.getArgByIndex(1) };
  }
}

const NO_REPLY = {};

/** The key that a limit counts a call under. */
export function limitKey(context: ExecutionContext, tracker: string, throttler: string): string {
  if (SHARED_THROTTLERS.has(throttler)) return tracker;
  return `${context.getClass().name}.${context.getHandler().name}:${tracker}`;
}

/** Sets a header on a reply of Fastify or Express; on anything else nothing. */
export function setHeader(reply: object, name: string, value: string | number): void {
  const { header, setHeader: set } = reply as Settable;
  if (typeof header === 'function') header.call(reply, name, value);
  else if (typeof set === 'function') set.call(reply, name, value);
}

interface Settable {
  readonly header?: (name: string, value: string | number) => unknown;
  readonly setHeader?: (name: string, value: string | number) => unknown;
}

/** The error for a caller over a limit, with `Retry-After` on the reply. @param wait in seconds */
export function tooManyRequests(reply: object, wait: number): TooManyRequestsError {
  const retryAfter = Math.max(1, wait);
  setHeader(reply, 'Retry-After', retryAfter);
  return new TooManyRequestsError(retryAfter);
}

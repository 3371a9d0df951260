import {
  type ThrottlerModuleOptions,
  type ThrottlerStorage,
  ThrottlerException,
} from '@nestjs/throttler';
import { callerKey } from '../request/caller-key.js';
import { SEAM_TIMEOUT_MS } from '../backplane/contained-seam.js';
import { principalOf } from '../request/request-record.js';
import { BoundedThrottlerStorage, ContainedThrottlerStorage } from './bounded-throttler.storage.js';
import { CountedRequests } from './counted-requests.js';

/** So many requests in so much time, counted over a sliding window. */
export interface RateLimit {
  /** Requests in the time of `ttl`. */
  readonly limit: number;
  /** Milliseconds. */
  readonly ttlMs: number;
  /**
   * How long a caller over the limit is refused, in milliseconds. Default 0: until the window has room
   * again.
   */
  readonly blockDurationMs?: number;
}

/** Options of `LimitsModule`. */
export interface LimitsOptions {
  /** Of one caller at one tool, prompt, resource or route (`default` in `@Throttle()`). Default: none. */
  readonly handler?: RateLimit;
  /** Of one caller at everything (`principal` in `@Throttle()`). Default: none. */
  readonly principal?: RateLimit;
  /** Of all callers of one OAuth client (`client` in `@Throttle()`). Default: none. */
  readonly client?: RateLimit;
  /** Callers, clients and their handlers that are remembered in this process. Default: 50 000. */
  readonly maxKeys?: number;
  /**
   * Counts elsewhere, such as in Redis for several processes. While it fails or hangs, this process counts
   * by itself. Default: in this process.
   */
  readonly storage?: ThrottlerStorage;
  /** Longest wait for `storage`, in milliseconds. Default: 1 000. */
  readonly storageTimeoutMs?: number;
}

/** {@link LimitsOptions} in the words of `@nestjs/throttler`. */
export interface ResolvedLimits {
  readonly options: ThrottlerModuleOptions;
  readonly storage: ThrottlerStorage;
  /** Shared by all guards: each module that lists one has an instance of its own. */
  readonly counted: CountedRequests;
}

/** Injects {@link ResolvedLimits}. */
export const RESOLVED_LIMITS = Symbol('RESOLVED_LIMITS');

/** Throttlers that count a caller over all handlers. */
export const SHARED_THROTTLERS: ReadonlySet<string | undefined> = new Set(['principal', 'client']);

/** @throws {RangeError} a limit that is no number above 0 */
export function resolveLimits(options: LimitsOptions): ResolvedLimits {
  const { handler, principal, client, maxKeys = 50_000 } = options;
  if (!Number.isSafeInteger(maxKeys) || maxKeys < 1) {
    throw new RangeError(`LimitsModule: maxKeys is ${maxKeys}. Say a whole number of 1 or more.`);
  }
  return {
    counted: new CountedRequests(),
    storage: storageOf(options, new BoundedThrottlerStorage(maxKeys)),
    options: [
      { name: 'default', ...throttled('handler', handler) },
      { name: 'principal', ...throttled('principal', principal) },
      // What the other users of a client have left is none of a caller's business.
      { name: 'client', ...throttled('client', client), setHeaders: false, getTracker: clientOf },
    ],
  };
}

function storageOf(
  { storage, storageTimeoutMs = SEAM_TIMEOUT_MS }: LimitsOptions,
  inProcess: BoundedThrottlerStorage,
): ThrottlerStorage {
  if (!(storageTimeoutMs > 0)) throw wrong('storageTimeoutMs', storageTimeoutMs);
  return storage ? new ContainedThrottlerStorage(storage, inProcess, storageTimeoutMs) : inProcess;
}

const NO_LIMIT: Required<RateLimit> = { limit: Infinity, ttlMs: 60_000, blockDurationMs: 0 };

/** A limit in the names of `@nestjs/throttler`. */
function throttled(name: string, given: RateLimit | undefined) {
  const { limit, ttlMs, blockDurationMs } = rate(name, given);
  return { limit, ttl: ttlMs, blockDuration: blockDurationMs };
}

function rate(name: string, given: RateLimit | undefined): Required<RateLimit> {
  const limits = { ...NO_LIMIT, ...given };
  const { limit, ttlMs, blockDurationMs } = limits;
  if (!(limit >= 1)) throw wrong(`${name}.limit`, limit);
  if (!(ttlMs > 0 && ttlMs < Infinity)) throw wrong(`${name}.ttlMs`, ttlMs);
  if (!(blockDurationMs >= 0 && blockDurationMs < Infinity)) {
    throw wrong(`${name}.blockDurationMs`, blockDurationMs);
  }
  return limits;
}

function wrong(name: string, value: unknown): RangeError {
  return new RangeError(`LimitsModule: ${name} is ${String(value)}. Say a number above 0.`);
}

/** A caller without a client, such as one with a session token, counts for itself. */
function clientOf(request: object): string {
  const principal = principalOf(request);
  if (principal?.clientId === undefined) return callerKey(request, principal);
  return JSON.stringify(['client', principal.issuer, principal.clientId]);
}

/** A caller has made as many requests as it may for now. HTTP 429, or a tool result with `isError`. */
export class TooManyRequestsError extends ThrottlerException {
  readonly code = 'TOO_MANY_REQUESTS';

  /** @param retryAfter seconds after which a retry makes sense */
  constructor(readonly retryAfter: number) {
    super(`Too many requests. Try again in ${retryAfter} seconds.`);
    this.name = 'TooManyRequestsError';
  }
}

import { type ThrottlerStorage, ThrottlerException } from '@nestjs/throttler';
import type { Backplane } from '../backplane/backplane.js';
import type { Instrumentation } from '../instrumentation/instrumentation.js';
import { optionProblem, type OptionsOf } from '../request/known-options.js';
import { callerKey } from '../request/caller-key.js';
import { SEAM_TIMEOUT_MS } from '../backplane/contained-seam.js';
import { principalOf } from '../request/request-record.js';
import type { MaybePromise } from '../request/value-or-promise.js';
import {
  BoundedThrottlerStorage,
  ContainedThrottlerStorage,
  type ThrottlerRecord,
} from './bounded-throttler.storage.js';
import { SharedThrottlerStorage, ExactThrottlerStorage } from './shared-throttler.storage.js';
import { CountedRequests } from './counted-requests.js';

/** A number of requests per time, counted in a sliding window. */
export interface RateLimit {
  /** Requests in `ttlMs`; 1 or more. */
  readonly limit: number;
  /** Length of the window, in milliseconds. */
  readonly ttlMs: number;
  /**
   * How long a caller over the limit is refused, in milliseconds. Default: 0, which means until the window
   * has room again.
   */
  readonly blockDurationMs?: number;
}

/** Options of `LimitsModule`. */
export interface LimitsOptions {
  /**
   * Limit of one caller for one tool, prompt, resource or route (`default` in `@Throttle()`). Default:
   * none.
   */
  readonly handler?: RateLimit;
  /** Limit of one caller for all handlers together (`principal` in `@Throttle()`). Default: none. */
  readonly principal?: RateLimit;
  /** Limit of all callers of one OAuth client together (`client` in `@Throttle()`). Default: none. */
  readonly client?: RateLimit;
  /**
   * Number of callers, OAuth clients and pairs of caller and handler that are counted in this process.
   * Above it, the least recently used one is removed. Default: 50,000.
   */
  readonly maxKeys?: number;
  /**
   * With `RedisModule`: whether each hit is counted in Redis before it is let through, which takes one round
   * trip. Default: false. Each node then decides at once, and exchanges sums with the others every 200
   * milliseconds, so that callers can exceed a limit by what they send to other nodes in that time.
   */
  readonly exact?: boolean;
  /**
   * Counts outside of this process, in another engine than that of `RedisModule`. While it fails or hangs, this
   * process counts by itself. Default: this process counts, with the others where `RedisModule` is imported.
   */
  readonly storage?: ThrottlerStorage;
  /** Longest wait for `storage`, in milliseconds. Default: 1,000. */
  readonly storageTimeoutMs?: number;
}

const RATE_LIMIT = {
  limit: true,
  ttlMs: true,
  blockDurationMs: true,
} as const satisfies OptionsOf<RateLimit>;

/** The names of {@link LimitsOptions}. */
export const LIMITS_OPTIONS = {
  handler: RATE_LIMIT,
  principal: RATE_LIMIT,
  client: RATE_LIMIT,
  maxKeys: true,
  exact: true,
  storage: true,
  storageTimeoutMs: true,
} as const satisfies OptionsOf<LimitsOptions>;

/** {@link LimitsOptions}, as options of `@nestjs/throttler`. */
export interface ResolvedLimits {
  /** All throttlers: a handler may have a limit of its own. The guard of the package sorts the list. */
  readonly options: Throttler[];
  /** The throttlers that limit handlers without a decorator. */
  readonly limited: readonly Throttler[];
  readonly storage: ThrottlerStorage;
  /** Ends the counting. */
  readonly stop: () => void | Promise<void>;
  /** Shared by all guards, because each module that lists the guard has a separate instance. */
  readonly counted: CountedRequests;
  /** Called for each request over a limit. */
  readonly exceeded: (limit: string) => void;
}

/** One limit, as `@nestjs/throttler` takes it. Durations in milliseconds. */
export interface Throttler {
  readonly name: string;
  readonly limit: number;
  readonly ttl: number;
  readonly blockDuration: number;
  readonly setHeaders?: boolean;
  readonly getTracker?: (request: object) => string;
}

/** Counts a hit; synchronously where this process counts. */
export function countHit(
  storage: ThrottlerStorage,
  { name, limit, ttl, blockDuration }: Throttler,
  key: string,
): MaybePromise<ThrottlerRecord> {
  return storage instanceof BoundedThrottlerStorage
    ? storage.count(key, ttl, limit, blockDuration, name)
    : storage.increment(key, ttl, limit, blockDuration, name);
}

/** Injection token of {@link ResolvedLimits}. */
export const RESOLVED_LIMITS = Symbol('RESOLVED_LIMITS');

/** Throttlers that count a caller over all handlers. */
export const SHARED_THROTTLERS: ReadonlySet<string | undefined> = new Set(['principal', 'client']);

/**
 * Checks and completes the options of `LimitsModule`.
 *
 * @param backplane counts with other nodes where it is shared
 * @throws {LimitsConfigurationError} an option does not exist, or is out of range
 */
export function resolveLimits(
  options: LimitsOptions,
  backplane: Backplane,
  instrumentation: Pick<Instrumentation, 'count'>,
): ResolvedLimits {
  const problem = optionProblem(options, LIMITS_OPTIONS);
  if (problem !== undefined) throw new LimitsConfigurationError(problem);
  const { handler, principal, client, maxKeys = 50_000 } = options;
  if (!Number.isSafeInteger(maxKeys) || maxKeys < 1) {
    throw new LimitsConfigurationError(
      `maxKeys is ${maxKeys}. Set it to a whole number of 1 or more.`,
    );
  }
  const throttlers: Throttler[] = [
    { name: 'default', ...throttled('handler', handler) },
    { name: 'principal', ...throttled('principal', principal) },
    // Headers would tell a caller how much the other users of the client have called.
    { name: 'client', ...throttled('client', client), setHeaders: false, getTracker: clientOf },
  ];
  const inProcess = backplane.isShared
    ? new SharedThrottlerStorage(maxKeys, backplane)
    : new BoundedThrottlerStorage(maxKeys);
  return {
    counted: new CountedRequests(),
    exceeded: (limit) => instrumentation.count('nestjs_clerk_mcp.limit.hits', { limit }),
    storage: storageOf(options, backplane, maxKeys, inProcess),
    stop: () => inProcess.stop(),
    options: throttlers,
    limited: throttlers
      .filter(({ limit }) => limit < Infinity)
      .toSorted((one, other) => one.ttl - other.ttl),
  };
}

function storageOf(
  { storage, exact = false, storageTimeoutMs = SEAM_TIMEOUT_MS }: LimitsOptions,
  backplane: Backplane,
  maxKeys: number,
  inProcess: BoundedThrottlerStorage,
): ThrottlerStorage {
  if (!(storageTimeoutMs > 0)) throw wrong('storageTimeoutMs', storageTimeoutMs);
  if (storage && exact) {
    throw new LimitsConfigurationError(
      'exact is set beside storage, which counts as it likes. Leave one of them out.',
    );
  }
  if (storage) return new ContainedThrottlerStorage(storage, inProcess, storageTimeoutMs);
  if (!exact || !backplane.isShared) return inProcess;
  // While the counters fail, this node counts by itself.
  const counters = new ExactThrottlerStorage(backplane.counters, maxKeys);
  return new ContainedThrottlerStorage(counters, inProcess, storageTimeoutMs);
}

const NO_LIMIT: Required<RateLimit> = { limit: Infinity, ttlMs: 60_000, blockDurationMs: 0 };

/** A limit, as options of `@nestjs/throttler`. */
function throttled(
  name: string,
  given: RateLimit | undefined,
): Pick<Throttler, 'limit' | 'ttl' | 'blockDuration'> {
  const { limit, ttlMs, blockDurationMs } = rate(name, given);
  return { limit, ttl: ttlMs, blockDuration: blockDurationMs };
}

function rate(name: string, given: RateLimit | undefined): Required<RateLimit> {
  const limits = { ...NO_LIMIT, ...given };
  const { limit, ttlMs, blockDurationMs } = limits;
  if (!(limit >= 1)) throw wrong(`${name}.limit`, limit, 'of 1 or more');
  if (!(ttlMs > 0 && ttlMs < Infinity)) throw wrong(`${name}.ttlMs`, ttlMs);
  if (!(blockDurationMs >= 0 && blockDurationMs < Infinity)) {
    throw wrong(`${name}.blockDurationMs`, blockDurationMs, 'of 0 or more');
  }
  return limits;
}

function wrong(name: string, value: unknown, range = 'above 0'): Error {
  return new LimitsConfigurationError(`${name} is ${String(value)}. Set it to a number ${range}.`);
}

/** The key of an OAuth client. A caller without one, such as with a session token, is counted alone. */
function clientOf(request: object): string {
  const principal = principalOf(request);
  if (principal?.clientId === undefined) return callerKey(request, principal);
  return JSON.stringify(['client', principal.issuer, principal.clientId]);
}

/** A caller exceeded a rate limit: HTTP 429, or a tool result with `isError`. */
export class TooManyRequestsError extends ThrottlerException {
  readonly code = 'TOO_MANY_REQUESTS';

  /** @param retryAfter seconds after which a retry makes sense */
  constructor(readonly retryAfter: number) {
    super(`Too many requests. Try again in ${retryAfter} seconds.`);
    this.name = 'TooManyRequestsError';
  }
}

/** An option of `LimitsModule` does not exist or is out of range. The application does not start. */
export class LimitsConfigurationError extends Error {
  readonly code = 'INVALID_LIMITS_CONFIGURATION';

  constructor(message: string) {
    super(`LimitsModule: ${message}`);
    this.name = 'LimitsConfigurationError';
  }
}

import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ClerkClient } from '@clerk/backend';
import { LRUCache } from 'lru-cache';
import type { Revocation } from '../../access/revocation.js';
import { weightOf } from '../../backplane/weight-of.js';
import {
  ClerkBackendError,
  InvalidUpstreamProviderError,
  UpstreamConnectionRequiredError,
} from '../clerk.errors.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk-options.js';
import { assertSecretKey, CLERK_CLIENT, SecretKeyAlarm, readBackendError } from './clerk.client.js';
import { withDeadline } from './json-request.js';
import { SingleFlight } from '../../request/single-flight.js';

/**
 * The tokens of other services that Clerk holds for its users. They are cached until shortly before they
 * expire, and appear in no log and no error.
 */
@Injectable()
export class UpstreamTokens {
  private readonly logger = new Logger('ClerkAuthModule');
  private readonly cache: LRUCache<string, CachedTokens>;
  private flights = new SingleFlight<CachedTokens>();
  private sent = 0;
  /** Requests up to this number were sent before the last revocation; their results are not cached. */
  private staleUpTo = 0;
  private warnedAt = Number.NEGATIVE_INFINITY;

  constructor(
    @Inject(CLERK_OPTIONS) private readonly options: ResolvedClerkOptions,
    @Inject(CLERK_CLIENT) private readonly clerk: ClerkClient,
    private readonly alarm: SecretKeyAlarm,
  ) {
    const { maxUpstreamTokens, upstreamTokenBytes } = options.limits;
    this.cache = new LRUCache({
      max: Math.max(1, maxUpstreamTokens),
      maxSize: upstreamTokenBytes,
      sizeCalculation: ({ tokens }, key) => weightOf(tokens) + 2 * key.length,
    });
  }

  /**
   * @param scopes that the token must have
   * @throws {UpstreamConnectionRequiredError} @throws {ClerkBackendError}
   * @throws {InvalidUpstreamProviderError}
   */
  async get(userId: string, provider: string, scopes: readonly string[]): Promise<string> {
    if (!PROVIDER.test(provider)) throw new InvalidUpstreamProviderError();
    const key = `${userId}\n${provider}`;
    const cached = this.cache.get(key);
    const known = cached && usable(cached, scopes, 'freshUntil');
    if (known) return known.token;
    // A call that the user cannot make yet causes at most one request to Clerk in this time.
    const isRecent = cached && Date.now() - cached.fetchedAt < RECENT_MS;
    const current =
      cached && isRecent
        ? cached
        : await this.flights.run(key, () => this.fetchAndCache(key, userId, provider));
    const found = usable(current, scopes, 'expiresAt');
    if (found) return found.token;
    throw new UpstreamConnectionRequiredError(
      provider,
      missingIn(current, scopes),
      this.options.upstreamConnectUrl,
    );
  }

  /** Removes the tokens of a revoked user, and ignores responses under way. */
  forget({ userId }: Revocation): void {
    this.staleUpTo = this.sent;
    this.flights = new SingleFlight();
    if (userId === undefined) return;
    for (const key of this.cache.keys()) {
      if (key.startsWith(`${userId}\n`)) this.cache.delete(key);
    }
  }

  private async fetchAndCache(
    key: string,
    userId: string,
    provider: string,
  ): Promise<CachedTokens> {
    const order = ++this.sent;
    const tokens = await this.fetch(userId, provider);
    const fetched = { tokens, fetchedAt: Date.now() };
    if (order > this.staleUpTo) this.cache.set(key, fetched);
    return fetched;
  }

  private async fetch(userId: string, provider: string): Promise<readonly UpstreamToken[]> {
    assertSecretKey(this.options);
    const { timeoutMs } = this.options.limits;
    let page: unknown;
    try {
      page = await withDeadline(
        // The type lists Clerk's own providers only; custom ones have names of their own.
        this.clerk.users.getUserOauthAccessToken(userId, provider as 'google'),
        timeoutMs,
      );
    } catch (error) {
      return this.fail(error, provider);
    }
    this.alarm.accept();
    return readTokens(page, Date.now());
  }

  private fail(error: unknown, provider: string): readonly UpstreamToken[] {
    const failure = readBackendError(error);
    if (failure.outcome === 'unavailable') {
      throw new ClerkBackendError('CLERK_UNAVAILABLE', failure.retryAfter);
    }
    if (failure.outcome === 'misconfigured') {
      this.alarm.reject();
      throw new ClerkBackendError('CLERK_MISCONFIGURED');
    }
    if (failure.status === 404) throw new ClerkBackendError('CLERK_NOT_FOUND');
    this.warn(provider, failure.code);
    return [];
  }

  /** The user may have to connect again, or the instance may not have the provider: the log tells. */
  private warn(provider: string, code = 'unknown'): void {
    if (Date.now() - this.warnedAt < WARN_EVERY_MS) return;
    this.warnedAt = Date.now();
    const reason = code.slice(0, MAX_CODE);
    this.logger.warn(
      `[Clerk] Clerk gives no token of ${provider} (${reason}). Users are asked to connect their account. If this goes on, check that the provider is enabled in the Clerk dashboard.`,
    );
  }
}

/** A token of another service. Milliseconds since the epoch. */
interface UpstreamToken {
  readonly token: string;
  readonly scopes: readonly string[];
  readonly expiresAt: number;
  /** Until then it is taken from the cache. */
  readonly freshUntil: number;
}

interface CachedTokens {
  readonly tokens: readonly UpstreamToken[];
  readonly fetchedAt: number;
}

function usable(
  { tokens }: CachedTokens,
  scopes: readonly string[],
  until: 'expiresAt' | 'freshUntil',
): UpstreamToken | undefined {
  const now = Date.now();
  return tokens.find(
    (one) => one[until] > now && scopes.every((scope) => one.scopes.includes(scope)),
  );
}

/** The scopes that the account with the most of them lacks; none if no account has a valid token. */
function missingIn({ tokens }: CachedTokens, scopes: readonly string[]): readonly string[] {
  const now = Date.now();
  const missing = tokens
    .filter(({ expiresAt }) => expiresAt > now)
    .map((one) => scopes.filter((scope) => !one.scopes.includes(scope)));
  return missing.toSorted((one, other) => one.length - other.length)[0] ?? [];
}

/** The SDK returns unexpected response bodies unchanged, so that each member is checked. */
function readTokens(page: unknown, now: number): readonly UpstreamToken[] {
  const data: unknown = Reflect.get(Object(page), 'data');
  if (!Array.isArray(data)) throw new ClerkBackendError('CLERK_UNAVAILABLE');
  return data.flatMap((one: unknown): readonly UpstreamToken[] => {
    const { token, scopes, expiresAt: timestamp } = Object(one) as Record<string, unknown>;
    if (typeof token !== 'string' || token === '') return [];
    const expiresAt = typeof timestamp === 'number' ? toMilliseconds(timestamp) : Infinity;
    const freshUntil = expiresAt === Infinity ? now + UNLIMITED_MS : expiresAt - SKEW_MS;
    const known = Array.isArray(scopes) ? scopes.filter((scope) => typeof scope === 'string') : [];
    return [{ token, scopes: known, expiresAt, freshUntil }];
  });
}

/** Clerk documents a Unix timestamp, and its other objects have milliseconds. */
function toMilliseconds(timestamp: number): number {
  return timestamp < 1e12 ? timestamp * 1_000 : timestamp;
}

/** Also keeps the name from changing the path of the request. */
const PROVIDER = /^(?!oauth_)[a-z0-9][a-z0-9_-]{0,63}$/i;

/** A token is not taken from the cache this long before it expires. */
const SKEW_MS = 60_000;
/** How long a token without an expiry is taken from the cache. */
const UNLIMITED_MS = 300_000;
/** How long a user without a matching account is not looked up again. */
const RECENT_MS = 2_000;
const WARN_EVERY_MS = 60_000;
/** Characters. */
const MAX_CODE = 100;

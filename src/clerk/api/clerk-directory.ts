import { Inject, Injectable } from '@nestjs/common';
import type {
  ClerkClient,
  Organization,
  OrganizationMembership,
  Session,
  User,
} from '@clerk/backend';
import { LRUCache } from 'lru-cache';
import { weightOf } from '../../backplane/weight-of.js';
import type { Revocation } from '../../access/revocation.js';
import {
  assertSecretKey,
  CLERK_CLIENT,
  RareWarning,
  readBackendError,
  SecretKeyAlarm,
} from './clerk.client.js';
import { withDeadline } from './json-request.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk-options.js';
import { SingleFlight } from '../../request/single-flight.js';
import { ClerkBackendError } from '../clerk.errors.js';

/** Which cached records of users and organizations are out of date. */
export type DirectoryChange =
  | { readonly userId: string }
  | { readonly organizationId: string }
  | { readonly memberships: 'all' };

/** Loads users and organizations from Clerk's Backend API, and caches them for a short time. */
@Injectable()
export class ClerkDirectory {
  private readonly cache: LRUCache<string, CachedRecord>;
  private flights = new SingleFlight<unknown>();
  private readonly keyMissing = new RareWarning(
    "A call needs Clerk's Backend API, for a user, an organization, a role or a session, and there is no secret key. Set CLERK_SECRET_KEY.",
  );
  private sent = 0;
  /** Requests up to this number were sent before the last revocation; their results are not cached. */
  private staleUpTo = 0;

  constructor(
    @Inject(CLERK_OPTIONS) private readonly options: ResolvedClerkOptions,
    @Inject(CLERK_CLIENT) private readonly clerk: ClerkClient,
    private readonly alarm: SecretKeyAlarm,
  ) {
    this.cache = new LRUCache({
      max: Math.max(1, options.limits.maxUsers),
      maxSize: options.limits.userBytes,
      sizeCalculation: ({ value }, key) => weightOf(value) + 2 * key.length,
    });
  }

  /** The record of a user, if it is cached and fresh. */
  cachedUser(userId: string): User | undefined {
    const known = this.cache.get(userKey(userId));
    // The key determines the type of the value.
    return known && this.isFresh(known, 'cached') ? (known.value as User) : undefined;
  }

  /** @throws {ClerkBackendError} */
  getUser(userId: string, freshness?: Freshness): Promise<User> {
    return this.getCached(
      {
        key: userKey(userId),
        request: () => this.clerk.users.getUser(userId),
        isExpected: (user) => user.id === userId,
      },
      freshness,
    );
  }

  /** @throws {ClerkBackendError} */
  getOrganization(organizationId: string, freshness?: Freshness): Promise<Organization> {
    return this.getCached(
      {
        key: `organization:${organizationId}`,
        request: () => this.clerk.organizations.getOrganization({ organizationId }),
        isExpected: (organization) => organization.id === organizationId,
      },
      freshness,
    );
  }

  /** @throws {ClerkBackendError} */
  getMemberships(
    userId: string,
    freshness?: Freshness,
  ): Promise<readonly OrganizationMembership[]> {
    return this.getCached(
      {
        key: `memberships:${userId}`,
        request: async () => {
          const params = { userId, limit: MAX_MEMBERSHIPS };
          return (await this.clerk.users.getOrganizationMembershipList(params)).data;
        },
        isExpected: (memberships) => Array.isArray(memberships),
      },
      freshness,
    );
  }

  /**
   * Loads a session without the cache.
   *
   * @throws {ClerkBackendError}
   */
  getSession(sessionId: string): Promise<Session> {
    return this.fetch({
      request: () => this.clerk.sessions.getSession(sessionId),
      isExpected: (session) => session.id === sessionId,
    });
  }

  /** Removes the entries that a revocation may have changed, and ignores responses under way. */
  forget({ userId, organizationId }: Revocation): void {
    this.staleUpTo = this.sent;
    this.flights = new SingleFlight();
    if (userId !== undefined) {
      this.cache.delete(userKey(userId));
      this.cache.delete(`memberships:${userId}`);
    } else if (organizationId !== undefined) {
      this.forgetOrganization(organizationId);
    }
  }

  /** Removes the entries that have changed at Clerk, and ignores responses under way. */
  forgetChanged(change: DirectoryChange): void {
    if (!('memberships' in change)) return this.forget(change);
    this.forget({});
    this.forgetMemberships();
  }

  /** Removes all entries, and ignores responses under way. */
  forgetAll(): void {
    this.forget({});
    this.cache.clear();
  }

  private forgetMemberships(): void {
    for (const key of this.cache.keys()) {
      if (key.startsWith('memberships:')) this.cache.delete(key);
    }
  }

  private forgetOrganization(organizationId: string): void {
    this.forgetMemberships();
    this.cache.delete(`organization:${organizationId}`);
  }

  private async getCached<T>(lookup: CachedLookup<T>, freshness: Freshness = 'cached'): Promise<T> {
    const { key } = lookup;
    if (freshness === 'now') return this.fetchAndCache(lookup);
    const known = this.cache.get(key);
    // The key determines the type of the value.
    if (known && this.isFresh(known, freshness)) return known.value as T;
    return this.flights.run(key, () => this.fetchAndCache(lookup)) as Promise<T>;
  }

  private isFresh({ until }: CachedRecord, freshness: 'cached' | 'recent'): boolean {
    const left = until - Date.now();
    return left > 0 && (freshness === 'cached' || this.options.limits.userTtlMs - left < RECENT_MS);
  }

  private async fetchAndCache<T>(lookup: CachedLookup<T>): Promise<T> {
    const order = ++this.sent;
    const value = await this.fetch(lookup);
    // A response to an earlier request must not replace a newer one.
    if (order > Math.max(this.staleUpTo, this.cache.get(lookup.key)?.order ?? 0)) {
      const until = Date.now() + this.options.limits.userTtlMs;
      this.cache.set(lookup.key, { value, until, order });
    }
    return value;
  }

  private async fetch<T>({ request, isExpected }: Lookup<T>): Promise<T> {
    if (this.options.secretKey === null) this.keyMissing.log();
    assertSecretKey(this.options);
    const value = await withDeadline(request(), this.options.limits.timeoutMs).catch(
      (error: unknown) => this.fail(error),
    );
    if (!isExpected(value)) throw new ClerkBackendError('CLERK_UNAVAILABLE');
    this.alarm.accept();
    return value;
  }

  private fail(error: unknown): never {
    const failure = readBackendError(error);
    if (failure.outcome === 'refused') throw new ClerkBackendError('CLERK_NOT_FOUND');
    if (failure.outcome === 'unavailable') {
      throw new ClerkBackendError('CLERK_UNAVAILABLE', failure.retryAfter);
    }
    this.alarm.reject();
    throw new ClerkBackendError('CLERK_MISCONFIGURED');
  }
}

/** `cached`: up to `limits.userTtlMs` old. `recent`: up to 2 seconds old. `now`: not cached. */
export type Freshness = 'cached' | 'recent' | 'now';

interface Lookup<T> {
  readonly request: () => Promise<T>;
  /** The SDK returns unexpected response bodies unchanged, so the value is checked. */
  readonly isExpected: (value: T) => boolean;
}

interface CachedLookup<T> extends Lookup<T> {
  readonly key: string;
}

interface CachedRecord {
  readonly value: unknown;
  readonly until: number;
  /** Number of the request. */
  readonly order: number;
}

const userKey = (userId: string): string => `user:${userId}`;

/** Milliseconds. A refused caller causes at most one request to Clerk in this time. */
const RECENT_MS = 2_000;

/** The largest page size of Clerk. */
const MAX_MEMBERSHIPS = 500;

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
import { readBackendError, CLERK_CLIENT, SecretKeyAlarm } from './clerk.client.js';
import { withDeadline } from './json-request.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk-options.js';
import { SingleFlight } from './single-flight.js';
import { ClerkBackendError } from '../clerk.errors.js';

/** Looks users and organizations up at Clerk, and keeps the answers for a short while. */
@Injectable()
export class ClerkDirectory {
  private readonly cache: LRUCache<string, CachedRecord>;
  private flights = new SingleFlight<unknown>();
  private asked = 0;
  /** Questions up to this one were asked before the last revocation. */
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

  /** @throws {ClerkBackendError} */
  getUser(userId: string, freshness?: Freshness): Promise<User> {
    return this.getCached(
      {
        key: `user:${userId}`,
        ask: () => this.clerk.users.getUser(userId),
        isAnswer: (user) => user.id === userId,
      },
      freshness,
    );
  }

  /** @throws {ClerkBackendError} */
  getOrganization(organizationId: string, freshness?: Freshness): Promise<Organization> {
    return this.getCached(
      {
        key: `organization:${organizationId}`,
        ask: () => this.clerk.organizations.getOrganization({ organizationId }),
        isAnswer: (organization) => organization.id === organizationId,
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
        ask: async () => {
          const params = { userId, limit: MAX_MEMBERSHIPS };
          return (await this.clerk.users.getOrganizationMembershipList(params)).data;
        },
        isAnswer: (memberships) => Array.isArray(memberships),
      },
      freshness,
    );
  }

  /**
   * A session as it is at this moment.
   *
   * @throws {ClerkBackendError}
   */
  getSession(sessionId: string): Promise<Session> {
    return this.fetch({
      ask: () => this.clerk.sessions.getSession(sessionId),
      isAnswer: (session) => session.id === sessionId,
    });
  }

  /** Forgets what a revocation makes doubtful, answers that are on their way among it. */
  forget({ userId, organizationId }: Revocation): void {
    this.staleUpTo = this.asked;
    this.flights = new SingleFlight();
    if (userId !== undefined) {
      this.cache.delete(`user:${userId}`);
      this.cache.delete(`memberships:${userId}`);
    } else if (organizationId !== undefined) {
      this.forgetOrganization(organizationId);
    }
  }

  private forgetOrganization(organizationId: string): void {
    for (const key of this.cache.keys()) {
      if (key.startsWith('memberships:')) this.cache.delete(key);
    }
    this.cache.delete(`organization:${organizationId}`);
  }

  private async getCached<T>(
    question: CachedLookup<T>,
    freshness: Freshness = 'recent',
  ): Promise<T> {
    const { key } = question;
    if (freshness === 'now') return this.fetchAndCache(question);
    const kept = this.cache.get(key);
    // The key names the question, and each question has one type of answer.
    if (kept && this.isFresh(kept, freshness)) return kept.value as T;
    return this.flights.run(key, () => this.fetchAndCache(question)) as Promise<T>;
  }

  private isFresh({ until }: CachedRecord, freshness: 'recent' | 'lately'): boolean {
    const left = until - Date.now();
    return left > 0 && (freshness === 'recent' || this.options.limits.userTtlMs - left < LATELY_MS);
  }

  private async fetchAndCache<T>(question: CachedLookup<T>): Promise<T> {
    const order = ++this.asked;
    const value = await this.fetch(question);
    // What was asked earlier and comes later is older news.
    if (order > Math.max(this.staleUpTo, this.cache.get(question.key)?.order ?? 0)) {
      const until = Date.now() + this.options.limits.userTtlMs;
      this.cache.set(question.key, { value, until, order });
    }
    return value;
  }

  private async fetch<T>({ ask, isAnswer }: Lookup<T>): Promise<T> {
    const value = await withDeadline(ask(), this.options.limits.timeoutMs).catch((error: unknown) =>
      this.fail(error),
    );
    if (!isAnswer(value)) throw new ClerkBackendError('CLERK_UNAVAILABLE');
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

/** `recent`: as of the last half minute. `lately`: of the last moments. `now`: asked for this caller. */
export type Freshness = 'recent' | 'lately' | 'now';

interface Lookup<T> {
  readonly ask: () => Promise<T>;
  /** The SDK hands over what it could not read as it came. */
  readonly isAnswer: (value: T) => boolean;
}

interface CachedLookup<T> extends Lookup<T> {
  readonly key: string;
}

interface CachedRecord {
  readonly value: unknown;
  readonly until: number;
  /** Position of the question among all. */
  readonly order: number;
}

/** Somebody who is refused costs Clerk one question in so many milliseconds. */
const LATELY_MS = 2_000;

/** The most that Clerk gives on one page. */
const MAX_MEMBERSHIPS = 500;

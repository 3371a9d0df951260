import { Inject, Injectable } from '@nestjs/common';
import type { ClerkClient, Organization, OrganizationMembership, User } from '@clerk/backend';
import { LRUCache } from 'lru-cache';
import { readBackendError } from '../backend-outcome.js';
import { CLERK_CLIENT } from '../clerk.client.js';
import { withDeadline } from '../deadline.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk.options.js';
import { SecretKeyAlarm } from '../secret-key-alarm.js';
import { SingleFlight } from '../single-flight.js';
import { ClerkBackendError } from './clerk-backend.error.js';

/** Looks users and organizations up at Clerk, and keeps the answers for a short while. */
@Injectable()
export class ClerkDirectory {
  private readonly answers: LRUCache<string, Answer>;
  private readonly flights = new SingleFlight<unknown>();

  constructor(
    @Inject(CLERK_OPTIONS) private readonly options: ResolvedClerkOptions,
    @Inject(CLERK_CLIENT) private readonly clerk: ClerkClient,
    private readonly alarm: SecretKeyAlarm,
  ) {
    this.answers = new LRUCache({ max: Math.max(1, options.limits.maxUsers) });
  }

  /** @throws {ClerkBackendError} */
  findUser(userId: string): Promise<User> {
    return this.look(
      `user:${userId}`,
      () => this.clerk.users.getUser(userId),
      (user) => user.id === userId,
    );
  }

  /** @throws {ClerkBackendError} */
  findOrganization(organizationId: string): Promise<Organization> {
    return this.look(
      `organization:${organizationId}`,
      () => this.clerk.organizations.getOrganization({ organizationId }),
      (organization) => organization.id === organizationId,
    );
  }

  /** @throws {ClerkBackendError} */
  findMemberships(userId: string): Promise<readonly OrganizationMembership[]> {
    return this.look(
      `memberships:${userId}`,
      async () => {
        const params = { userId, limit: MAX_MEMBERSHIPS };
        return (await this.clerk.users.getOrganizationMembershipList(params)).data;
      },
      (memberships) => Array.isArray(memberships),
    );
  }

  /** @param isAnswer the SDK hands over what it could not read as it came */
  private async look<T>(
    key: string,
    ask: () => Promise<T>,
    isAnswer: (value: T) => boolean,
  ): Promise<T> {
    const kept = this.answers.get(key);
    // The key names the question, and each question has one type of answer.
    if (kept && Date.now() < kept.until) return kept.value as T;
    return this.flights.run(key, async () => {
      const value = await withDeadline(ask(), this.options.limits.timeout).catch((error: unknown) =>
        this.fail(error),
      );
      if (!isAnswer(value)) throw new ClerkBackendError('CLERK_UNAVAILABLE');
      this.alarm.accept();
      this.answers.set(key, { value, until: Date.now() + this.options.limits.userTtl });
      return value;
    }) as Promise<T>;
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

interface Answer {
  readonly value: unknown;
  readonly until: number;
}

/** The most that Clerk gives on one page. */
const MAX_MEMBERSHIPS = 500;

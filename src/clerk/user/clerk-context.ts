import { Inject, Injectable } from '@nestjs/common';
import type { ClerkClient, User } from '@clerk/backend';
import type { Principal } from '../../request/principal.js';
import { assertSecretKey, CLERK_CLIENT } from '../api/clerk.client.js';
import { omitUndefined } from '../../request/json-object.js';
import { hostOf } from '../../request/request-host.js';
import { type ProtectedResource, resourceAt, underName } from '../protected-resources.js';
import { PublishedScopes } from '../published-scopes.js';
import { RequestAuthenticator } from '../http/request-authenticator.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk-options.js';
import {
  ClerkClientNotInitializedError,
  ClerkSessionNotInitializedError,
} from '../clerk.errors.js';
import { ClerkDirectory } from '../api/clerk-directory.js';
import { UpstreamTokens } from '../api/upstream-tokens.js';
import { type ClerkOrganization, sessionOf, type ClerkSession } from './clerk-session.js';
import { RequestScope } from '../http/request-scope.js';

/**
 * The caller of the current request, in tools, services, controllers and resolvers. It never returns the
 * caller of another request.
 *
 * @example
 * ```ts
 * constructor(private readonly clerk: ClerkContext) {}
 *
 * async greet() {
 *   const { firstName } = await this.clerk.getUser();
 *   return `Hello ${firstName}`;
 * }
 * ```
 */
@Injectable()
export class ClerkContext {
  constructor(
    private readonly scope: RequestScope,
    private readonly directory: ClerkDirectory,
    private readonly upstream: UpstreamTokens,
    private readonly authenticator: RequestAuthenticator,
    @Inject(CLERK_CLIENT) private readonly client: ClerkClient,
    @Inject(CLERK_OPTIONS) private readonly options: ResolvedClerkOptions,
    private readonly scopes: PublishedScopes,
  ) {}

  /** The principal of the request; `undefined` if it is anonymous or there is no request. */
  get principal(): Principal | undefined {
    return this.scope.principal;
  }

  /**
   * The protected resource of the request, under the name that the request asked for; outside of a request the
   * primary one.
   */
  get resource(): ProtectedResource {
    const { request } = this.scope;
    const path = request && this.authenticator.resourcePathOf(request);
    const resource = resourceAt(this.options.resources, path);
    return { ...underName(resource, request && hostOf(request)), scopes: this.scopes.at(path) };
  }

  /** The session of the signed-in user; `undefined` without a user and inside {@link runAsUser}. */
  get session(): ClerkSession | undefined {
    const { principal } = this.scope;
    return principal && principal.tokenType !== BACKGROUND_JOB ? sessionOf(principal) : undefined;
  }

  /** @throws {ClerkSessionNotInitializedError} if there is no {@link session} */
  getSession(): ClerkSession {
    const { session } = this;
    if (!session) throw new ClerkSessionNotInitializedError();
    return session;
  }

  /**
   * Clerk's record of the user, up to 30 seconds old. It contains everything, including private
   * metadata: show a caller only what the scopes of the token allow.
   *
   * @throws {ClerkSessionNotInitializedError} if the principal has no user
   * @throws {ClerkBackendError} if Clerk does not respond, or does not know the user any more
   */
  async getUser(): Promise<User> {
    const userId = this.principal?.userId;
    if (userId === undefined) throw new ClerkSessionNotInitializedError();
    return this.directory.getUser(userId);
  }

  /**
   * The record that {@link getUser} would return, if it is cached: reading it creates no promise.
   *
   * @returns `undefined` if it is not cached, or the principal has no user
   */
  get cachedUser(): User | undefined {
    const userId = this.principal?.userId;
    return userId === undefined ? undefined : this.directory.cachedUser(userId);
  }

  /**
   * The active organization of the token, completed with Clerk's record, up to 30 seconds old.
   *
   * @returns `undefined` if the token has no active organization
   * @throws {ClerkSessionNotInitializedError} for an anonymous caller
   * @throws {ClerkBackendError} if Clerk does not respond
   */
  async getOrganization(): Promise<ClerkOrganization | undefined> {
    const { principal } = this;
    if (!principal) throw new ClerkSessionNotInitializedError();
    const { organization, userId } = principal;
    if (!organization) return undefined;
    if (userId === undefined) {
      const { name, slug } = await this.directory.getOrganization(organization.id);
      return omitUndefined({ ...organization, name, slug: slug ?? organization.slug });
    }

    const memberships = await this.directory.getMemberships(userId);
    const membership = memberships.find((entry) => entry.organization.id === organization.id);
    if (!membership) return organization;
    return omitUndefined({
      id: organization.id,
      name: membership.organization.name,
      slug: organization.slug ?? membership.organization.slug ?? undefined,
      role: organization.role ?? membership.role,
      permissions: organization.permissions ?? membership.permissions,
    });
  }

  /**
   * The user's own OAuth token of another service, such as Google, that Clerk holds for a connected account.
   * Clerk refreshes it. It is cached until a minute before it expires, or for five minutes if it never does.
   * Send it to that service only, and never to the client.
   *
   * @param provider the name at Clerk: `google`, `github`, `custom_acme`; never from the input of a caller
   * @throws {UpstreamConnectionRequiredError} no account is connected, or none with these scopes. In a tool,
   *   the client is asked to open the page where the user can connect one
   * @throws {ClerkSessionNotInitializedError} if the principal has no user
   * @throws {ClerkBackendError} if Clerk does not respond, or does not know the user any more
   * @throws {InvalidUpstreamProviderError} the provider is malformed
   * @example
   * ```ts
   * const token = await this.clerk.upstreamToken('google', { scopes: [CALENDAR_SCOPE] });
   * ```
   */
  async upstreamToken(provider: string, options: UpstreamTokenOptions = {}): Promise<string> {
    const userId = this.principal?.userId;
    if (userId === undefined) throw new ClerkSessionNotInitializedError();
    return this.upstream.get(userId, provider, options.scopes ?? []);
  }

  /**
   * The client of the Clerk Backend SDK, with the rights of the secret key.
   *
   * @throws {ClerkClientNotInitializedError} outside of a request and of {@link run}
   * @throws {ClerkBackendError} `CLERK_SECRET_KEY_MISSING`
   */
  getClient(): ClerkClient {
    if (!this.scope.isOpen) throw new ClerkClientNotInitializedError();
    assertSecretKey(this.options);
    return this.client;
  }

  /**
   * Runs a callback in a new scope with this principal.
   *
   * @param principal `undefined` for an anonymous scope
   */
  run<T>(principal: Principal | undefined, callback: () => T): T {
    return this.scope.run(principal, callback);
  }

  /**
   * Runs a job (cron, queue) on behalf of a user, in a new scope. Its {@link principal} has the token type
   * `background_job` and no scopes, organization or session. `@Authenticated()` accepts it; requirements
   * for scopes, roles, plans or other kinds of credential refuse it. Nested and concurrent calls are
   * independent of each other. The user is not looked up, so the job must know that the id is valid.
   *
   * @param userId such as `user_2ab…`
   * @example
   * ```ts
   * await this.clerk.runAsUser(job.data.userId, () => this.reports.create());
   * ```
   */
  runAsUser<T>(userId: string, callback: () => T, options: RunAsUserOptions = {}): T {
    const { expiresAt = Infinity } = options;
    const { issuer } = this.options;
    return this.scope.run(
      { tokenType: BACKGROUND_JOB, issuer, subject: userId, userId, expiresAt, claims: {} },
      callback,
    );
  }
}

/** Options of {@link ClerkContext.upstreamToken}. */
export interface UpstreamTokenOptions {
  /** Scopes that the token must have, as the service spells them. Default: none. */
  readonly scopes?: readonly string[];
}

/** Options of {@link ClerkContext.runAsUser}. */
export interface RunAsUserOptions {
  /**
   * When the principal expires, in milliseconds since the epoch. An expired principal counts as anonymous
   * in access decisions. Default: `Infinity`.
   */
  readonly expiresAt?: number;
}

/** Token type of the principal of {@link ClerkContext.runAsUser}. No credential of Clerk has it. */
const BACKGROUND_JOB = 'background_job';

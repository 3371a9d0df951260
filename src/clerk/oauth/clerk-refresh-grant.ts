import { createHash } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ClerkClient } from '@clerk/backend';
import type { Backplane, Lease } from '../../backplane/backplane.js';
import { BACKPLANE } from '../../backplane/backplane.module.js';
import { ContainedSeam } from '../../backplane/contained-seam.js';
import { callerKey } from '../../request/caller-key.js';
import type { Principal } from '../../request/principal.js';
import { HitWindows } from '../../limits/sliding-window.js';
import { CLERK_CLIENT } from '../api/clerk.client.js';
import { withDeadline, requestJson, type JsonResponse } from '../api/json-request.js';
import { isJsonObject } from '../../request/json-object.js';
import { hostOf } from '../../request/request-host.js';
import { underName } from '../protected-resources.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk-options.js';
import { SingleFlight } from '../../request/single-flight.js';
import { decodeJwt, MAX_TOKEN_BYTES } from '../tokens/classify.js';
import { RequestScope } from '../http/request-scope.js';
import { ClerkRefreshError } from '../clerk.errors.js';
import { chooseRefreshClient, type RefreshClient } from './refresh-client.js';

/** Exchanges refresh tokens at Clerk, RFC 6749 §6. */
@Injectable()
export class ClerkRefreshGrant {
  private readonly logger = new Logger('ClerkAuthModule');
  private readonly flights = new SingleFlight<RefreshedTokens>();
  private readonly attempts: HitWindows;
  private readonly seam = new ContainedSeam({
    name: 'The backplane of refresh tokens',
    consequence: 'Until it answers, a refresh token may be exchanged at several nodes at once.',
  });

  constructor(
    @Inject(CLERK_OPTIONS) private readonly options: ResolvedClerkOptions,
    @Inject(CLERK_CLIENT) private readonly clerk: ClerkClient,
    private readonly scope: RequestScope,
    @Inject(BACKPLANE) private readonly backplane: Backplane,
  ) {
    const { refreshesPerCaller: limit, maxAddresses } = options.limits;
    this.attempts = new HitWindows({ limit, ttl: 60_000, max: Math.max(1, maxAddresses) });
  }

  /**
   * Exchanges a refresh token. Concurrent calls with the same token share one exchange, because Clerk
   * may treat the second as a replay. The result is not cached. Inside a request, the attempts of its
   * caller are limited.
   *
   * At another node, a call with a token that is being exchanged fails with `unavailable`, because tokens
   * are never shared; for two minutes after the exchange it fails with `invalid_grant`, and Clerk is not
   * asked. Later, Clerk sees the replay of a stolen token.
   *
   * @throws {ClerkRefreshError}
   */
  async refresh({ refreshToken, clientId, principal }: RefreshRequest): Promise<RefreshedTokens> {
    if (!REFRESH_TOKEN.test(refreshToken) || refreshToken.length > MAX_TOKEN_BYTES) {
      throw new ClerkRefreshError('invalid_grant');
    }
    this.countAttempt(principal);
    const client = chooseRefreshClient(this.options.oauthClient, clientId, principal);
    const owner = client.kind === 'confidential' ? client.ownerId : null;
    const key = createHash('sha256').update(JSON.stringify([client.clientId, owner, refreshToken]));
    const digest = key.digest('base64url');
    return this.flights.run(digest, () => this.exchangeOnce(digest, client, refreshToken));
  }

  /** Exchanges a token that no other node exchanges or has exchanged lately. */
  private async exchangeOnce(
    digest: string,
    client: RefreshClient,
    refreshToken: string,
  ): Promise<RefreshedTokens> {
    if (this.flights.size >= this.options.limits.maxConcurrentRefreshes) {
      throw new ClerkRefreshError('unavailable', 1);
    }
    if (!this.backplane.isShared) return this.exchange(client, refreshToken, nothing);
    const { leases, records } = this.backplane;
    // Longer than all requests to Clerk of one exchange together.
    const ttlMs = 3 * this.options.limits.timeoutMs + 1_000;
    const name = `clerk refresh ${digest}`;
    const lease = await this.seam.callOr<Lease | 'held' | undefined>(
      async () => (await leases.acquire(name, ttlMs)) ?? 'held',
      nothing,
    );
    if (lease === 'held') throw new ClerkRefreshError('unavailable', 1);
    try {
      // Asked under the lease: who had it before has left the mark.
      const used = lease && (await this.seam.callOr(() => records.get(name), nothing));
      // A mark of any version.
      if (used) throw new ClerkRefreshError('invalid_grant');
      const mark = { v: VERSION };
      return await this.exchange(client, refreshToken, async () => {
        await this.seam.callOr(() => records.put(name, mark, { ttlMs: USED_MS }), nothing);
      });
    } finally {
      if (lease) await this.seam.callOr(() => lease.release(), nothing);
    }
  }

  private countAttempt(principal: Principal | undefined): void {
    const { request } = this.scope;
    if (!request) return;
    const caller = callerKey(request, principal);
    const pause = this.attempts.pauseOf(caller);
    if (pause > 0) throw new ClerkRefreshError('too_many_requests', Math.ceil(pause / 1_000));
    this.attempts.hit(caller);
  }

  /** @param onUsed is called when Clerk has replaced the token */
  private async exchange(
    client: RefreshClient,
    refreshToken: string,
    onUsed: () => void | Promise<void>,
  ): Promise<RefreshedTokens> {
    const { request } = this.scope;
    const answer = await this.post('/oauth/token', client, {
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      // The client signed in for the name that it calls by.
      resource: underName(this.options, request && hostOf(request)).resource,
    });
    if (answer?.status !== 200) throw this.failure(client, answer);
    const tokens = readRefreshedTokens(answer.body, refreshToken);
    if (!tokens) throw new ClerkRefreshError('unavailable');
    if (tokens.refresh_token !== refreshToken) await onUsed();

    if (client.kind === 'confidential' && (await this.ownerOf(tokens)) !== client.ownerId) {
      await this.revoke(client, tokens);
      throw new ClerkRefreshError('invalid_grant');
    }
    return tokens;
  }

  private failure(client: RefreshClient, answer: JsonResponse | undefined): ClerkRefreshError {
    if (!answer || answer.status === 429 || answer.status >= 500 || answer.status < 400) {
      return new ClerkRefreshError('unavailable', answer?.retryAfter);
    }
    const error = isJsonObject(answer.body) ? answer.body['error'] : undefined;
    if (error === 'invalid_grant') return new ClerkRefreshError('invalid_grant');
    if (error !== 'invalid_client' && error !== 'unauthorized_client' && answer.status !== 401) {
      return new ClerkRefreshError('invalid_request');
    }
    if (client.kind === 'public') return new ClerkRefreshError('invalid_client');
    this.logger.error(
      '[Clerk] Clerk refuses the OAuth client of this server. Check CLERK_OAUTH_CLIENT_ID and CLERK_OAUTH_CLIENT_SECRET.',
    );
    return new ClerkRefreshError('misconfigured');
  }

  /** The subject of the new access token. It comes directly from Clerk, so it is not verified. */
  private async ownerOf({ access_token: token }: RefreshedTokens): Promise<unknown> {
    const jwt = decodeJwt(token);
    if (jwt) return jwt.claims['sub'];
    const { timeoutMs } = this.options.limits;
    return withDeadline(this.clerk.idPOAuthAccessToken.verify(token), timeoutMs).then(
      ({ subject }) => subject,
      () => undefined,
    );
  }

  /** Best effort: Clerk does not revoke JWTs, but the caller never receives the tokens. */
  private async revoke(client: RefreshClient, tokens: RefreshedTokens): Promise<void> {
    const fresh = [tokens.refresh_token, tokens.access_token];
    await Promise.all(fresh.map((token) => this.post('/oauth/token/revoke', client, { token })));
  }

  private async post(
    path: string,
    client: RefreshClient,
    form: Readonly<Record<string, string>>,
  ): Promise<JsonResponse | undefined> {
    const headers = client.kind === 'confidential' ? { authorization: basic(client) } : {};
    return requestJson(`${this.options.issuer}${path}`, {
      headers,
      form: new URLSearchParams({ ...form, client_id: client.clientId }),
      timeout: this.options.limits.timeoutMs,
    }).catch(() => undefined);
  }
}

/** Argument of {@link ClerkRefreshGrant.refresh}. */
export interface RefreshRequest {
  readonly refreshToken: string;
  /** The OAuth client that the refresh token was issued to. Default: the configured one. */
  readonly clientId?: string | undefined;
  /** The caller; required for the configured client if it has a secret. */
  readonly principal?: Principal | undefined;
}

/** The token response to a refresh, RFC 6749 §5.1. */
export interface RefreshedTokens {
  readonly access_token: string;
  readonly token_type: string;
  /** Seconds. */
  readonly expires_in?: number;
  /** The new refresh token; if Clerk returns none, the one that was sent, which stays valid. */
  readonly refresh_token: string;
  readonly scope?: string;
  readonly id_token?: string;
}

/** RFC 6749 §2.3.1: both parts are form-encoded first. */
function basic({ clientId, clientSecret }: Extract<RefreshClient, { kind: 'confidential' }>) {
  const encode = (part: string) => new URLSearchParams([['', part]]).toString().slice(1);
  const credentials = `${encode(clientId)}:${encode(clientSecret)}`;
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}

const VERSION = 1;
/** How long a token that was exchanged is known at all nodes, in milliseconds. */
const USED_MS = 120_000;
const nothing = (): undefined => undefined;
const REFRESH_TOKEN = /^[\x21-\x7E]+$/;

/** Reads the body of a token response; `undefined` if it has no access token. */
function readRefreshedTokens(body: unknown, sent: string): RefreshedTokens | undefined {
  if (!isJsonObject(body)) return undefined;
  const { access_token: accessToken, token_type: tokenType, refresh_token: renewed } = body;
  if (typeof accessToken !== 'string' || accessToken === '') return undefined;
  const { expires_in: expiresIn, scope, id_token: idToken } = body;
  return {
    access_token: accessToken,
    token_type: typeof tokenType === 'string' ? tokenType : 'Bearer',
    refresh_token: typeof renewed === 'string' && renewed !== '' ? renewed : sent,
    ...(typeof expiresIn === 'number' && { expires_in: expiresIn }),
    ...(typeof scope === 'string' && { scope }),
    ...(typeof idToken === 'string' && { id_token: idToken }),
  };
}

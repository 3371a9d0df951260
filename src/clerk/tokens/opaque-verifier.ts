import { Inject, Injectable } from '@nestjs/common';
import type { ClerkClient } from '@clerk/backend';
import type { Principal, PrincipalOrganization } from '../../access/principal.js';
import { readBackendError } from '../backend-outcome.js';
import { CLERK_CLIENT } from '../clerk.client.js';
import { withDeadline } from '../deadline.js';
import { HitWindows } from '../../limits/hit-windows.js';
import { defined } from '../defined.js';
import { isJsonObject } from '../json-object.js';
import { requestJson } from '../json-request.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk.options.js';
import { SecretKeyAlarm } from '../secret-key-alarm.js';
import { actingPartyOf } from './acting-party.js';
import { checkAudience } from './audience.js';
import type { OpaqueTokenType } from './classify.js';
import { readOpaqueToken, type OpaqueToken } from './opaque-token.js';
import { invalidToken, misconfigured, tokenExpired, unavailable } from './token-refusals.js';

/** Verifies opaque tokens, into which only Clerk can look. */
@Injectable()
export class OpaqueVerifier {
  private inFlight = 0;
  /** Tokens that Clerk was asked about and did not know, of everybody. */
  private readonly unknown: HitWindows;

  constructor(
    @Inject(CLERK_OPTIONS) private readonly options: ResolvedClerkOptions,
    @Inject(CLERK_CLIENT) private readonly clerk: ClerkClient,
    private readonly alarm: SecretKeyAlarm,
  ) {
    const limit = options.limits.maxUnknownTokens;
    this.unknown = new HitWindows({ limit, ttl: 60_000, max: 1 });
  }

  /**
   * Before a token that was never good here: made-up ones, from however many addresses, must not use
   * up Clerk's rate limit for everybody.
   *
   * @throws {AccessRefusedError} `unavailable`
   */
  assertMayAsk(): void {
    const pause = this.unknown.pauseOf(EVERYBODY);
    if (pause > 0) throw unavailable(pause / 1_000);
  }

  /** @throws {AccessRefusedError} unless Clerk says that the token is good at this resource */
  async verify(kind: OpaqueTokenType, token: string, resource: string): Promise<Principal> {
    if (!this.options.acceptedTokens.has(kind)) {
      throw invalidToken('This kind of token is not accepted here.');
    }
    // Made-up tokens must not use up Clerk's rate limit for everybody.
    if (this.inFlight >= this.options.limits.maxConcurrentVerifications) throw unavailable(1);
    this.inFlight += 1;
    try {
      return await this.check(kind, token, resource);
    } finally {
      this.inFlight -= 1;
    }
  }

  private async check(kind: OpaqueTokenType, token: string, resource: string): Promise<Principal> {
    const found = readOpaqueToken(await this.ask(kind, token));
    if (found === undefined) throw unavailable();
    if (found === 'inactive') {
      this.unknown.hit(EVERYBODY);
      throw invalidToken('The access token is not active.');
    }
    if (found.revoked) throw invalidToken('The access token was revoked.');
    if (found.expired || found.expiresAt <= Date.now()) throw tokenExpired();
    if (!SUBJECTS[kind].test(found.subject)) {
      throw invalidToken('The access token speaks for nobody known here.');
    }
    if (kind !== 'oauth_token') return this.principalOf(kind, found, undefined);

    checkAudience(found.audience, {
      accepted: [resource],
      mayBeMissing: this.options.audience === 'foreign-only',
    });
    const organization = found.scopes.includes('user:org:read')
      ? await this.findOrganization(token, found.subject)
      : undefined;
    return this.principalOf(kind, found, organization);
  }

  private async ask(kind: OpaqueTokenType, token: string): Promise<unknown> {
    try {
      const answer = await withDeadline<unknown>(
        this.call(kind, token),
        this.options.limits.timeout,
      );
      this.alarm.accept();
      return answer;
    } catch (error) {
      const failure = readBackendError(error);
      if (failure.outcome === 'unavailable') throw unavailable(failure.retryAfter);
      if (failure.outcome === 'misconfigured') {
        this.alarm.reject();
        throw misconfigured();
      }
      if (failure.code === 'token_expired') throw tokenExpired();
      this.unknown.hit(EVERYBODY);
      throw invalidToken('The access token is unknown.');
    }
  }

  private call(kind: OpaqueTokenType, token: string): Promise<unknown> {
    switch (kind) {
      case 'oauth_token':
        return this.clerk.idPOAuthAccessToken.verify(token);
      case 'api_key':
        return this.clerk.apiKeys.verify(token);
      case 'm2m_token':
        return this.clerk.m2m.verify({ token });
    }
  }

  /** The verification does not say which organization the user chose; userinfo does. */
  private async findOrganization(
    token: string,
    subject: string,
  ): Promise<PrincipalOrganization | undefined> {
    const answer = await requestJson(`${this.options.issuer}/oauth/userinfo`, {
      headers: { authorization: `Bearer ${token}` },
      timeout: this.options.limits.timeout,
    }).catch(() => undefined);
    if (!answer || answer.status === 429 || answer.status >= 500) {
      throw unavailable(answer?.retryAfter);
    }
    if (answer.status !== 200) return undefined;
    if (!isJsonObject(answer.body)) throw unavailable();
    const { sub, org_id: id, org_slug: slug } = answer.body;
    if (sub !== subject || typeof id !== 'string' || id === '') return undefined;
    return defined({ id, slug: typeof slug === 'string' ? slug : undefined });
  }

  private principalOf(
    kind: OpaqueTokenType,
    found: OpaqueToken,
    organization: PrincipalOrganization | undefined,
  ): Principal {
    const { subject, scopes, clientId, act, issuedAt, expiresAt } = found;
    return defined({
      tokenType: kind,
      issuer: this.options.issuer,
      subject,
      userId: subject.startsWith('user_') ? subject : undefined,
      clientId,
      organization: subject.startsWith('org_') ? { id: subject } : organization,
      // The "scopes" of a machine token name machines: they are an audience, not permissions.
      scopes: kind === 'm2m_token' ? undefined : scopes,
      ...actingPartyOf(kind, act),
      issuedAt,
      expiresAt,
      claims: defined({
        ...found.customClaims,
        iss: this.options.issuer,
        sub: subject,
        jti: found.id,
        client_id: clientId,
        scope: scopes.join(' '),
        org_id: organization?.id,
      }),
    });
  }
}

const EVERYBODY = 'everybody';

const SUBJECTS: Readonly<Record<OpaqueTokenType, RegExp>> = {
  oauth_token: /^user_\w+$/,
  api_key: /^(?:user|org)_\w+$/,
  m2m_token: /^mch_\w+$/,
};

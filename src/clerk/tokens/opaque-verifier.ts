import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { ClerkClient } from '@clerk/backend';
import type { Principal, PrincipalOrganization } from '../../request/principal.js';
import {
  CLERK_CLIENT,
  RareWarning,
  readBackendError,
  SecretKeyAlarm,
} from '../api/clerk.client.js';
import { withDeadline, requestJson } from '../api/json-request.js';
import type { Backplane } from '../../backplane/backplane.js';
import { BACKPLANE } from '../../backplane/backplane.module.js';
import type { HitWindows } from '../../limits/sliding-window.js';
import { createHitWindows } from '../../limits/shared-hit-windows.js';
import { omitUndefined, isJsonObject } from '../../request/json-object.js';
import { CLERK_OPTIONS, optionsFor, type ResolvedClerkOptions } from '../resolved-clerk-options.js';
import { actingPartyOf } from './jwt-principal.js';
import { AudienceLog } from './audience-log.js';
import { checkResource } from './check-claims.js';
import { checkMachine, MACHINE_ID, machinesIn } from './check-machine.js';
import type { OpaqueTokenType } from './classify.js';
import { invalidToken, misconfigured, tokenExpired, unavailable } from './token-refusals.js';

/** Verifies opaque tokens at Clerk. */
@Injectable()
export class OpaqueVerifier implements OnModuleDestroy {
  private inFlight = 0;
  /** Tokens that Clerk did not know, of all callers at all nodes. */
  private readonly unknown: HitWindows;
  private readonly opaqueRefused = new RareWarning(
    'An opaque token was refused: without a secret key only JWTs are verified. Set CLERK_SECRET_KEY, or turn on JWT access tokens in the Clerk dashboard, under OAuth applications.',
  );
  private readonly machineKeyRefused = new RareWarning(
    'Clerk refuses the machine secret key, so no machine token can be verified. Set CLERK_MACHINE_SECRET_KEY to the key of this machine in the Clerk dashboard.',
  );

  constructor(
    @Inject(CLERK_OPTIONS) private readonly options: ResolvedClerkOptions,
    @Inject(CLERK_CLIENT) private readonly clerk: ClerkClient,
    private readonly alarm: SecretKeyAlarm,
    private readonly audienceLog: AudienceLog,
    @Inject(BACKPLANE) backplane: Backplane,
  ) {
    const limit = options.limits.maxUnknownTokens;
    const window = { limit, ttl: 60_000, max: 1 };
    this.unknown = createHitWindows(window, backplane, 'clerk unknown tokens');
  }

  async onModuleDestroy(): Promise<void> {
    await this.unknown.stop();
  }

  /**
   * Must be called before Clerk is asked about a token that was never valid here. Invented tokens, from any
   * number of addresses, must not exhaust Clerk's rate limit.
   *
   * @throws {AccessRefusedError} `unavailable`
   */
  assertMayAsk(): void {
    const pause = this.unknown.pauseOf(ALL_CALLERS);
    if (pause > 0) throw unavailable(pause / 1_000);
  }

  /** @throws {AccessRefusedError} if the token is not valid for this resource */
  async verify(kind: OpaqueTokenType, token: string, resource: string): Promise<Principal> {
    if (!this.options.acceptedTokens.has(kind)) {
      throw invalidToken('This kind of token is not accepted here.');
    }
    if (!this.canAsk(kind)) {
      this.opaqueRefused.log();
      throw invalidToken('Opaque tokens of this kind cannot be verified here, only JWTs.');
    }
    // Invented tokens must not exhaust Clerk's rate limit.
    if (this.inFlight >= this.options.limits.maxConcurrentVerifications) throw unavailable(1);
    this.inFlight += 1;
    try {
      return await this.check(kind, token, resource);
    } finally {
      this.inFlight -= 1;
    }
  }

  /** Whether there is a key to ask Clerk with. */
  private canAsk(kind: OpaqueTokenType): boolean {
    const { secretKey, machineSecretKey } = this.options;
    return secretKey !== null || (kind === 'm2m_token' && machineSecretKey !== null);
  }

  /** Whether Clerk is asked with the key of the machine that this server is. */
  private asksAsMachine(kind: OpaqueTokenType): boolean {
    return kind === 'm2m_token' && this.options.machineSecretKey !== null;
  }

  private async check(kind: OpaqueTokenType, token: string, resource: string): Promise<Principal> {
    const found = readOpaqueToken(kind, await this.ask(kind, token));
    if (found === undefined) throw unavailable();
    if (found === 'inactive') {
      this.unknown.hit(ALL_CALLERS);
      throw invalidToken('The access token is not active.');
    }
    if (found.revoked) throw invalidToken('The access token was revoked.');
    if (found.expired || found.expiresAt <= Date.now()) throw tokenExpired();
    if (!SUBJECTS[kind].test(found.subject)) {
      throw invalidToken('The subject of the access token is not of a known kind.');
    }
    if (kind === 'm2m_token') {
      const clerk = this.asksAsMachine(kind) ? 'confirmed' : 'not_asked';
      checkMachine(machinesIn({ scopes: found.scopes }), clerk, this.options);
    }
    if (kind !== 'oauth_token') return this.principalOf(kind, found, undefined);

    const { audiences, audience } = optionsFor(this.options, resource);
    this.audienceLog.watch(resource, () =>
      checkResource(found.audience, audiences, audience === 'foreign-only'),
    );
    const organization = found.scopes.includes('user:org:read')
      ? await this.fetchOrganization(token, found.subject)
      : undefined;
    return this.principalOf(kind, found, organization);
  }

  private async ask(kind: OpaqueTokenType, token: string): Promise<unknown> {
    try {
      const answer = await withDeadline<unknown>(
        this.call(kind, token),
        this.options.limits.timeoutMs,
      );
      if (!this.asksAsMachine(kind)) this.alarm.accept();
      return answer;
    } catch (error) {
      const failure = readBackendError(error);
      if (failure.outcome === 'unavailable') throw unavailable(failure.retryAfter);
      if (failure.outcome === 'misconfigured') {
        if (this.asksAsMachine(kind)) this.machineKeyRefused.log();
        else this.alarm.reject();
        throw misconfigured();
      }
      if (failure.code === 'token_expired') throw tokenExpired();
      this.unknown.hit(ALL_CALLERS);
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
        return this.clerk.m2m.verify({
          token,
          ...(this.options.machineSecretKey !== null && {
            machineSecretKey: this.options.machineSecretKey,
          }),
        });
    }
  }

  /** The verification response does not contain the chosen organization; userinfo does. */
  private async fetchOrganization(
    token: string,
    subject: string,
  ): Promise<PrincipalOrganization | undefined> {
    const answer = await requestJson(`${this.options.issuer}/oauth/userinfo`, {
      headers: { authorization: `Bearer ${token}` },
      timeout: this.options.limits.timeoutMs,
    }).catch(() => undefined);
    if (!answer || answer.status === 429 || answer.status >= 500) {
      throw unavailable(answer?.retryAfter);
    }
    if (answer.status !== 200) return undefined;
    if (!isJsonObject(answer.body)) throw unavailable();
    const { sub, org_id: id, org_slug: slug } = answer.body;
    if (sub !== subject || typeof id !== 'string' || id === '') return undefined;
    return omitUndefined({ id, slug: typeof slug === 'string' ? slug : undefined });
  }

  private principalOf(
    kind: OpaqueTokenType,
    found: OpaqueToken,
    organization: PrincipalOrganization | undefined,
  ): Principal {
    const { subject, scopes, clientId, act, issuedAt, expiresAt } = found;
    return omitUndefined({
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
      claims: omitUndefined({
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

const ALL_CALLERS = 'all callers';

const SUBJECTS: Readonly<Record<OpaqueTokenType, RegExp>> = {
  oauth_token: /^user_\w+$/,
  api_key: /^(?:user|org|mch)_\w+$/,
  m2m_token: MACHINE_ID,
};

/**
 * Reads the SDK's response to a verification. The SDK returns empty bodies, error documents and JSON with
 * an unexpected content type unchanged.
 *
 * @returns `inactive` for `active: false` (RFC 7662), `undefined` for an unexpected response
 */
function readOpaqueToken(
  kind: OpaqueTokenType,
  answer: unknown,
): OpaqueToken | 'inactive' | undefined {
  if (!isJsonObject(answer)) return undefined;
  if (answer['active'] === false) return 'inactive';
  const { id, subject, clientId, revoked, expired, expiration, createdAt } = answer;
  // Only the answers about OAuth tokens always have scopes.
  const scopes = answer['scopes'] ?? (kind === 'oauth_token' ? undefined : []);
  if (typeof subject !== 'string' || !isStrings(scopes)) return undefined;
  if (typeof revoked !== 'boolean' || typeof expired !== 'boolean') return undefined;
  if (expiration !== null && expiration !== undefined && typeof expiration !== 'number') {
    return undefined;
  }
  return {
    id: text(id),
    subject,
    clientId: text(clientId),
    scopes: [...new Set(scopes.filter(Boolean))],
    revoked,
    expired,
    expiresAt: typeof expiration === 'number' ? milliseconds(expiration) : Infinity,
    issuedAt: typeof createdAt === 'number' ? milliseconds(createdAt) : undefined,
    audience: answer['aud'],
    act: answer['act'],
    customClaims: isJsonObject(answer['claims']) ? answer['claims'] : {},
  };
}

/** Clerk's data of an opaque token, validated. Times are in milliseconds. */
interface OpaqueToken {
  readonly id: string | undefined;
  readonly subject: string;
  readonly clientId: string | undefined;
  readonly scopes: readonly string[];
  readonly revoked: boolean;
  readonly expired: boolean;
  readonly expiresAt: number;
  readonly issuedAt: number | undefined;
  readonly audience: unknown;
  readonly act: unknown;
  readonly customClaims: Readonly<Record<string, unknown>>;
}

/** Clerk uses seconds in some responses and milliseconds in others; 1e12 ms is in 2001. */
function milliseconds(time: number): number {
  return time < 1e12 ? time * 1000 : time;
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

import { Inject, Injectable } from '@nestjs/common';
import { AccessRefusedError } from '../../access/access.errors.js';
import { andThen, type MaybePromise } from '../../request/value-or-promise.js';
import type { Principal } from '../../request/principal.js';
import { INSTRUMENTATION } from '../../instrumentation/instrumentation.module.js';
import type { Instrumentation } from '../../instrumentation/instrumentation.js';
import { CLERK_OPTIONS, optionsFor, type ResolvedClerkOptions } from '../resolved-clerk-options.js';
import { DenyList } from './deny-list.js';
import { SingleFlight } from '../../request/single-flight.js';
import { ContainedVerdictCache, type Outcome, type VerdictCache } from './verdict-cache.js';
import { classifyOpaque, type OpaqueTokenType } from './classify.js';
import { JwtVerifier } from './jwt-verifier.js';
import { OpaqueVerifier } from './opaque-verifier.js';
import { digestOf, PresentedToken } from './presented-token.js';
import { SigningKeys } from './signing-keys.js';
import { invalidToken, unavailable } from './token-refusals.js';

/**
 * Verifies tokens. The result is cached under the digest of the token, for a short time and never longer
 * than the token is valid.
 */
@Injectable()
export class TokenVerifier {
  private readonly flights = new SingleFlight<Principal>();
  /** Digests of the verification rules, by resource. */
  private readonly rules = new Map<string, string>();

  constructor(
    @Inject(CLERK_OPTIONS) private readonly options: ResolvedClerkOptions,
    private readonly keys: SigningKeys,
    private readonly jwts: JwtVerifier,
    private readonly opaques: OpaqueVerifier,
    @Inject(ContainedVerdictCache) private readonly verdicts: VerdictCache,
    private readonly denied: DenyList,
    @Inject(INSTRUMENTATION) private readonly instrumentation: Pick<Instrumentation, 'count'>,
  ) {}

  /**
   * @param resource identifier of the resource that the token must be for. Default: the primary one
   * @param admit is called before Clerk is asked about an opaque token that was never valid here. It
   *   throws to refuse the token. Default: never throws
   * @throws {AccessRefusedError} if the token is not valid
   */
  async verify(
    presented: string | PresentedToken,
    resource: string = this.options.resource,
    admit: () => void | Promise<void> = () => undefined,
  ): Promise<Principal> {
    const token = PresentedToken.of(presented);
    if (token.isTooLong) throw invalidToken('The access token is over 8 KB.');
    const opaque = classifyOpaque(token.value);
    const key = this.keyOf(token, opaque, resource);

    const verdict = await this.verdicts.get(key);
    if (verdict && Date.now() < verdict.until) return this.known(verdict);
    this.instrumentation.count(VERIFICATIONS, MISS);
    if (opaque && verdict?.outcome !== 'accepted') {
      await admit();
      this.opaques.assertMayAsk();
    }
    const principal = await this.flights.run(key, () =>
      opaque ? this.verifyOpaque(key, opaque, token, resource) : this.verifyJwt(token, resource),
    );
    return this.refuseRevoked(principal);
  }

  /**
   * Like {@link verify}, but without waiting: from the cache, or with a cached signing key. `undefined` if
   * the token cannot be verified without waiting.
   *
   * @throws {AccessRefusedError} if the token is not valid
   */
  verifyAtOnce(
    presented: string | PresentedToken,
    resource: string,
  ): MaybePromise<Principal> | undefined {
    const token = PresentedToken.of(presented);
    if (token.isTooLong) return undefined;
    const opaque = classifyOpaque(token.value);
    const key = this.keyOf(token, opaque, resource);
    const verdict = this.verdicts.get(key);
    if (verdict instanceof Promise) return undefined;
    if (verdict && Date.now() < verdict.until) return this.known(verdict);
    const outcome = opaque ? undefined : this.jwts.verifyAtOnce(token.value, resource);
    // Then `verify` is asked, and counts it.
    if (!outcome) return undefined;
    this.instrumentation.count(VERIFICATIONS, MISS);
    return andThen(this.remember(key, outcome, 'jwtVerdictTtlMs'), () =>
      this.refuseRevoked(principalOf(outcome)),
    );
  }

  /**
   * Like {@link verify}, without any cached verdict. The new verdict replaces the cached one.
   *
   * @throws {AccessRefusedError} if the token is not valid now
   */
  async verifyNow(value: string, resource: string): Promise<Principal> {
    const token = PresentedToken.of(value);
    const opaque = classifyOpaque(value);
    const principal = opaque
      ? await this.verifyOpaque(this.keyOf(token, opaque, resource), opaque, token, resource)
      : await this.verifyJwt(token, resource);
    return this.refuseRevoked(principal);
  }

  private known(verdict: Outcome): Principal {
    this.instrumentation.count(VERIFICATIONS, HIT);
    return this.refuseRevoked(principalOf(verdict));
  }

  /** Must be the last step, because a revocation can arrive during any asynchronous step. */
  private refuseRevoked(principal: Principal): Principal {
    if (!this.denied.isLoaded) throw unavailable(1);
    if (this.denied.isRevoked(principal)) throw invalidToken('The access token was revoked.');
    return principal;
  }

  /** A verdict is valid for one token, one set of rules and one set of signing keys. */
  private keyOf(
    token: PresentedToken,
    opaque: OpaqueTokenType | undefined,
    resource: string,
  ): string {
    const rules = this.rules.get(resource) ?? digestOfRules(optionsFor(this.options, resource));
    this.rules.set(resource, rules);
    return `${rules}:${opaque ?? this.keys.fingerprint}:${token.digest}`;
  }

  private async verifyJwt(token: PresentedToken, resource: string): Promise<Principal> {
    const outcome = await this.jwts.verify(token.value, resource);
    // The key is computed again, because the verification may have fetched new signing keys.
    await this.remember(this.keyOf(token, undefined, resource), outcome, 'jwtVerdictTtlMs');
    return principalOf(outcome);
  }

  private async verifyOpaque(
    key: string,
    kind: OpaqueTokenType,
    token: PresentedToken,
    resource: string,
  ): Promise<Principal> {
    try {
      const principal = await this.opaques.verify(kind, token.value, resource);
      await this.remember(key, { outcome: 'accepted', principal }, 'opaqueVerdictTtlMs');
      return principal;
    } catch (error) {
      if (error instanceof AccessRefusedError && isFinal(error)) {
        const { refusal } = error;
        await this.remember(key, { outcome: 'refused', refusal }, 'opaqueVerdictTtlMs');
      }
      throw error;
    }
  }

  /** @param ttl of an accepted token */
  private remember(
    key: string,
    outcome: Outcome,
    ttl: 'jwtVerdictTtlMs' | 'opaqueVerdictTtlMs',
  ): MaybePromise<void> {
    const { limits } = this.options;
    const now = Date.now();
    if (outcome.outcome === 'refused') {
      return this.verdicts.set(key, { ...outcome, until: now + limits.refusalTtlMs });
    }
    const { principal } = outcome;
    // It can be revoked during the verification.
    if (this.denied.isRevoked(principal)) return;
    const until = Math.min(now + limits[ttl], principal.expiresAt);
    return this.verdicts.set(key, { ...outcome, until });
  }
}

/** Services with different rules must not share verdicts in a shared cache. */
function digestOfRules(options: ResolvedClerkOptions): string {
  const { issuer, resource, audience, authorizedParties, idTokenClientIds, jwtKey } = options;
  const { audiences, sessionAudiences, machineId, machineSecretKey } = options;
  const rules = [issuer, resource, audience, authorizedParties, idTokenClientIds, jwtKey];
  const machine = [machineId, machineSecretKey === null ? null : digestOf(machineSecretKey)];
  const lists = [audiences, sessionAudiences, machine, [...options.acceptedTokens]];
  return digestOf(JSON.stringify([...rules, ...lists]));
}

function principalOf(outcome: Outcome): Principal {
  if (outcome.outcome === 'accepted') return outcome.principal;
  throw new AccessRefusedError(outcome.refusal);
}

/** Whether a refusal is about the token itself. An outage is not cached. */
function isFinal({ refusal }: AccessRefusedError): boolean {
  return refusal.reason === 'invalid_token' || refusal.reason === 'token_expired';
}

const VERIFICATIONS = 'nestjs_clerk_mcp.token.verifications';
const HIT = { cache: 'hit' } as const;
const MISS = { cache: 'miss' } as const;

import { hash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { AccessRefusedError } from '../../access/access.errors.js';
import { andThen, type MaybePromise } from '../../request/value-or-promise.js';
import type { Principal } from '../../request/principal.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk-options.js';
import { DenyList } from './deny-list.js';
import { SingleFlight } from '../api/single-flight.js';
import { ContainedVerdictCache, type VerdictCache, type Verdict } from './verdict-cache.js';
import { classifyOpaque, type OpaqueTokenType, MAX_TOKEN_BYTES } from './classify.js';
import { JwtVerifier } from './jwt-verifier.js';
import { OpaqueVerifier } from './opaque-verifier.js';
import { SigningKeys } from './signing-keys.js';
import { invalidToken } from './token-refusals.js';

/**
 * Turns a token into a principal. A token is verified once and remembered for a while, under its
 * digest and never past its expiry.
 */
@Injectable()
export class TokenVerifier {
  private readonly flights = new SingleFlight<Principal>();
  /** Digests of the rules that hold at each resource. */
  private readonly rules = new Map<string, string>();

  constructor(
    @Inject(CLERK_OPTIONS) private readonly options: ResolvedClerkOptions,
    private readonly keys: SigningKeys,
    private readonly jwts: JwtVerifier,
    private readonly opaques: OpaqueVerifier,
    @Inject(ContainedVerdictCache) private readonly verdicts: VerdictCache,
    private readonly denied: DenyList,
  ) {}

  /**
   * @param resource identifier of the resource that the token must be for. Default: the primary one
   * @param admit asked before Clerk is, about a token that was never good here; what it throws is the
   *   answer. Default: lets everybody ask
   * @throws {AccessRefusedError} unless the token is good
   */
  async verify(
    token: string,
    resource: string = this.options.resource,
    admit: () => void | Promise<void> = () => undefined,
  ): Promise<Principal> {
    if (token.length > MAX_TOKEN_BYTES) throw invalidToken('The access token is over 8 KB.');
    const opaque = classifyOpaque(token);
    const key = this.keyOf(token, opaque, resource);

    const verdict = await this.verdicts.get(key);
    if (verdict && Date.now() < verdict.until) return this.refuseRevoked(repeat(verdict));
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
   * The same where nothing must be waited for: the token was verified before, or the key that signs it
   * is at hand. `undefined` says nothing of a token.
   *
   * @throws {AccessRefusedError} when the token is not good
   */
  verifyAtOnce(token: string, resource: string): MaybePromise<Principal> | undefined {
    if (token.length > MAX_TOKEN_BYTES) return undefined;
    const opaque = classifyOpaque(token);
    const key = this.keyOf(token, opaque, resource);
    const verdict = this.verdicts.get(key);
    if (verdict instanceof Promise) return undefined;
    if (verdict?.outcome === 'accepted' && Date.now() < verdict.until) {
      return this.refuseRevoked(verdict.principal);
    }
    const principal = opaque ? undefined : this.jwts.verifyAtOnce(token, resource);
    if (!principal) return undefined;
    return andThen(this.remember(key, principal, 'jwtVerdictTtlMs'), () =>
      this.refuseRevoked(principal),
    );
  }

  /**
   * The same, past every verdict that is remembered or under way; what is found replaces it.
   *
   * @throws {AccessRefusedError} unless the token is good at this moment
   */
  async verifyNow(token: string, resource: string): Promise<Principal> {
    const opaque = classifyOpaque(token);
    const principal = opaque
      ? await this.verifyOpaque(this.keyOf(token, opaque, resource), opaque, token, resource)
      : await this.verifyJwt(token, resource);
    return this.refuseRevoked(principal);
  }

  /** The last step, with nothing to wait for after it: a revocation may come at any moment before. */
  private refuseRevoked(principal: Principal): Principal {
    if (this.denied.isRevoked(principal)) throw invalidToken('The access token was revoked.');
    return principal;
  }

  /** A verdict holds for one token, under the rules and with the signing keys that it met. */
  private keyOf(token: string, opaque: OpaqueTokenType | undefined, resource: string): string {
    const rules = this.rules.get(resource) ?? digestOfRules({ ...this.options, resource });
    this.rules.set(resource, rules);
    return `${rules}:${opaque ?? this.keys.fingerprint}:${digest(token)}`;
  }

  private async verifyJwt(token: string, resource: string): Promise<Principal> {
    const principal = await this.jwts.verify(token, resource);
    // Under the key as it is now: the verification may have fetched new signing keys.
    await this.remember(this.keyOf(token, undefined, resource), principal, 'jwtVerdictTtlMs');
    return principal;
  }

  private async verifyOpaque(
    key: string,
    kind: OpaqueTokenType,
    token: string,
    resource: string,
  ): Promise<Principal> {
    try {
      const principal = await this.opaques.verify(kind, token, resource);
      await this.remember(key, principal, 'opaqueVerdictTtlMs');
      return principal;
    } catch (error) {
      if (error instanceof AccessRefusedError && isFinal(error)) {
        const until = Date.now() + this.options.limits.refusalTtlMs;
        await this.verdicts.set(key, { outcome: 'refused', refusal: error.refusal, until });
      }
      throw error;
    }
  }

  private remember(
    key: string,
    principal: Principal,
    ttl: 'jwtVerdictTtlMs' | 'opaqueVerdictTtlMs',
  ): MaybePromise<void> {
    // Revoked while it was under verification.
    if (this.denied.isRevoked(principal)) return;
    const until = Math.min(Date.now() + this.options.limits[ttl], principal.expiresAt);
    return this.verdicts.set(key, { outcome: 'accepted', principal, until });
  }
}

function digest(text: string): string {
  return hash('sha256', text, 'base64url');
}

/** Services that share a cache must not share verdicts unless they judge alike. */
function digestOfRules(options: ResolvedClerkOptions): string {
  const { issuer, resource, audience, authorizedParties, idTokenClientIds, jwtKey } = options;
  const rules = [issuer, resource, audience, authorizedParties, idTokenClientIds, jwtKey];
  return digest(JSON.stringify([...rules, [...options.acceptedTokens]]));
}

function repeat(verdict: Verdict): Principal {
  if (verdict.outcome === 'accepted') return verdict.principal;
  throw new AccessRefusedError(verdict.refusal);
}

/** Refusals that are about the token itself; an outage is over at any moment. */
function isFinal({ refusal }: AccessRefusedError): boolean {
  return refusal.reason === 'invalid_token' || refusal.reason === 'token_expired';
}

import { Inject, Injectable } from '@nestjs/common';
import { AccessRefusedError } from '../../access/access.errors.js';
import type { Principal } from '../../request/principal.js';
import { CLERK_OPTIONS, optionsFor, type ResolvedClerkOptions } from '../resolved-clerk-options.js';
import { AudienceLog } from './audience-log.js';
import { checkClaims } from './check-claims.js';
import { classifyJwt, type JwtType, decodeJwt, type DecodedJwt } from './classify.js';
import { isGenuine } from './verify-jwt.js';
import { principalOfJwt, sessionOrganizationIn } from './jwt-principal.js';
import { SigningKeys } from './signing-keys.js';
import { invalidToken, tokenExpired } from './token-refusals.js';
import type { Outcome } from './verdict-cache.js';

/**
 * Verifies JWTs locally. Kind, algorithm and issuer are checked before the key lookup, so that invalid
 * tokens cause no requests to Clerk. The claims are checked after the signature.
 */
@Injectable()
export class JwtVerifier {
  constructor(
    @Inject(CLERK_OPTIONS) private readonly options: ResolvedClerkOptions,
    private readonly keys: SigningKeys,
    private readonly audienceLog: AudienceLog,
  ) {}

  /**
   * @returns a refusal if Clerk issued the token, but it is not valid for this resource. That is final,
   *   because the claims of a token never change
   * @throws {AccessRefusedError} if it was not issued by Clerk, as far as is known now
   */
  async verify(token: string, resource: string): Promise<Outcome> {
    const jwt = this.precheck(token);
    const { key } = await this.keys.get(jwt.header['kid']);
    return this.judge(jwt, resource, isGenuine({ ...jwt, key }));
  }

  /**
   * Like {@link verify}, but without waiting; `undefined` if the signing key is not cached.
   *
   * @throws {AccessRefusedError} as {@link verify}
   */
  verifyAtOnce(token: string, resource: string): Outcome | undefined {
    const jwt = this.precheck(token);
    const known = this.keys.tryGet(jwt.header['kid']);
    if (!known) return undefined;
    return this.judge(jwt, resource, isGenuine({ ...jwt, key: known.key }));
  }

  /** The checks that need no key. */
  private precheck(token: string): PrecheckedJwt {
    const { acceptedTokens, issuer } = this.options;
    const jwt = decodeJwt(token);
    if (!jwt) throw invalidToken('The access token is malformed.');
    const { header, claims } = jwt;

    const kind = classifyJwt(jwt);
    if (!kind || !acceptedTokens.has(kind)) {
      throw invalidToken('This kind of token is not accepted here.');
    }
    if (header['alg'] !== 'RS256' || header['crit'] !== undefined) {
      throw invalidToken('The access token is not signed with RS256.');
    }
    if (claims['iss'] !== issuer) {
      throw invalidToken('The access token was issued by another authorization server.');
    }
    const { exp } = claims;
    if (typeof exp !== 'number' || !Number.isFinite(exp)) {
      throw invalidToken('The access token has no time of expiry.');
    }
    return { token, kind, header, claims, exp };
  }

  private judge(jwt: PrecheckedJwt, resource: string, genuine: boolean): Outcome {
    checkPending(jwt.claims['sts']);
    if (!genuine) throw invalidToken('The access token could not be verified.');
    try {
      return { outcome: 'accepted', principal: this.toPrincipal(jwt, resource) };
    } catch (error) {
      if (!(error instanceof AccessRefusedError)) throw error;
      return { outcome: 'refused', refusal: error.refusal };
    }
  }

  private toPrincipal(jwt: PrecheckedJwt, resource: string): Principal {
    const { kind, claims, exp } = jwt;
    const organization = kind === 'session_token' ? sessionOrganizationIn(claims) : undefined;
    this.audienceLog.watch(resource, () =>
      checkClaims(kind, jwt, optionsFor(this.options, resource)),
    );
    // A token is reported as expired only if everything else is valid; a forged one is invalid.
    if (exp * 1000 <= Date.now()) throw tokenExpired();
    return principalOfJwt(kind, claims, organization);
  }
}

interface PrecheckedJwt extends DecodedJwt {
  readonly token: string;
  readonly kind: JwtType;
  /** Seconds since the epoch. */
  readonly exp: number;
}

function checkPending(status: unknown): void {
  if (status === undefined || status === 'active') return;
  throw invalidToken('The session is not active: the user has sign-in steps left.');
}

import { Inject, Injectable } from '@nestjs/common';
import type { ClerkClient } from '@clerk/backend';
import type { Principal } from '../../access/principal.js';
import { CLERK_CLIENT } from '../clerk.client.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk.options.js';
import { checkClaims } from './check-claims.js';
import { classifyJwt } from './classify.js';
import { decodeJwt } from './jwt.js';
import { principalOfJwt } from './jwt-principal.js';
import { verifyWithSdk } from './sdk-verification.js';
import { SigningKeys } from './signing-keys.js';
import { invalidToken, tokenExpired } from './token-refusals.js';

/**
 * Verifies JWTs without asking Clerk. Kind, algorithm and issuer are settled before a key is looked
 * up, so that junk causes no traffic; the claims are checked once the signature is.
 */
@Injectable()
export class JwtVerifier {
  constructor(
    @Inject(CLERK_OPTIONS) private readonly options: ResolvedClerkOptions,
    @Inject(CLERK_CLIENT) private readonly clerk: ClerkClient,
    private readonly keys: SigningKeys,
  ) {}

  /** @throws {AccessRefusedError} unless the token is good at this resource */
  async verify(token: string, resource: string): Promise<Principal> {
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

    // Only a token that is good in every other way is called expired: a forged one is invalid.
    const late = Date.now() - exp * 1000;
    const verdict = await verifyWithSdk(this.clerk, {
      kind,
      token,
      jwtKey: await this.keys.find(header['kid']),
      issuer,
      clockSkewInMs: late < 0 ? CLOCK_SKEW : late + CLOCK_SKEW,
    });
    checkPending(claims['sts']);
    if (!verdict) throw invalidToken('The access token could not be verified.');
    checkClaims(kind, claims, { ...this.options, resource });
    if (exp * 1000 <= Date.now()) throw tokenExpired();
    return principalOfJwt(kind, claims, verdict.organization);
  }
}

const CLOCK_SKEW = 5_000;

function checkPending(status: unknown): void {
  if (status === undefined || status === 'active') return;
  throw invalidToken('The session is not active: the user has sign-in steps left.');
}

import { Injectable } from '@nestjs/common';
import { AccessRefusedError } from '../../access/access-refused.error.js';
import type { Principal } from '../../access/principal.js';
import { PrincipalRenewal } from '../../access/principal-renewal.js';
import { attachPrincipal, carrierOf, principalOf } from '../../access/request-principal.js';
import { HeldCredentials } from '../held-credentials.js';
import { invalidToken } from '../tokens/token-refusals.js';
import { TokenVerifier } from '../tokens/token-verifier.js';
import { CurrentStanding } from './current-standing.js';

/**
 * Asks Clerk about the caller now: the token again, and whatever a token cannot know, which is the
 * session, the user and the membership.
 */
@Injectable()
export class ClerkPrincipalRenewal extends PrincipalRenewal {
  constructor(
    private readonly credentials: HeldCredentials,
    private readonly tokens: TokenVerifier,
    private readonly standing: CurrentStanding,
  ) {
    super();
  }

  override async renew(request: object): Promise<Principal | undefined> {
    const known = principalOf(request);
    if (!known) return undefined;
    try {
      const renewed = await this.verifyAgain(request, known);
      await this.standing.check(renewed);
      attachPrincipal(request, renewed);
      return renewed;
    } catch (error) {
      // Nobody who looks at the request later takes a refused caller for a good one.
      if (isAboutCaller(error)) attachPrincipal(request, undefined);
      throw error;
    }
  }

  private async verifyAgain(request: object, known: Principal): Promise<Principal> {
    const credential = this.credentials.of(carrierOf(request)) ?? this.credentials.of(known);
    if (!credential) {
      throw invalidToken('The access token is not at hand to be verified again.');
    }
    const renewed = await this.tokens.verifyNow(credential.token, credential.resource);
    this.credentials.hold(renewed, credential);
    return renewed;
  }
}

/** Refusals that say something about the caller, not about our means to ask. */
function isAboutCaller(error: unknown): boolean {
  if (!(error instanceof AccessRefusedError)) return false;
  const { reason } = error.refusal;
  return reason === 'invalid_token' || reason === 'token_expired';
}

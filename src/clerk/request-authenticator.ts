import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '../access/principal.js';
import { attachPrincipal } from '../access/request-principal.js';
import { rawRequestOf } from './request-of.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from './resolved-clerk.options.js';
import { takeToken } from './tokens/take-token.js';
import { TokenVerifier } from './tokens/token-verifier.js';

/** Finds out who sent a request, once per request. */
@Injectable()
export class RequestAuthenticator {
  private readonly memo = new WeakMap<object, Promise<Principal | undefined>>();

  constructor(
    @Inject(CLERK_OPTIONS) private readonly options: ResolvedClerkOptions,
    private readonly tokens: TokenVerifier,
  ) {}

  /**
   * Verifies the token of a request, takes it off the request, and attaches the principal. Asked
   * again about the same request, it repeats what it said.
   *
   * @returns `undefined` for an anonymous request
   * @throws {AccessRefusedError} when there is a token and it is not good
   */
  authenticate(request: object): Promise<Principal | undefined> {
    const raw = rawRequestOf(request);
    const known = this.memo.get(raw);
    if (known) return known;
    const verification = this.verify(request);
    this.memo.set(raw, verification);
    return verification;
  }

  private async verify(request: object): Promise<Principal | undefined> {
    // Whatever an earlier layer left there is not our verdict.
    attachPrincipal(request, undefined);
    const token = takeToken(request, this.options);
    if (token === undefined) return undefined;
    const principal = await this.tokens.verify(token);
    attachPrincipal(request, principal);
    return principal;
  }
}

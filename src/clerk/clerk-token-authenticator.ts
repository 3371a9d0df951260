import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '../access/principal.js';
import { TokenAuthenticator } from '../access/token-authenticator.js';
import { AuthenticationAudit } from './audit/authentication-audit.js';
import { HeldCredentials } from './held-credentials.js';
import { resourceAt } from './protected-resources.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from './resolved-clerk.options.js';
import { checkToken } from './tokens/header-token.js';
import { TokenVerifier } from './tokens/token-verifier.js';

/** Verifies a token by the rules that hold over HTTP. */
@Injectable()
export class ClerkTokenAuthenticator extends TokenAuthenticator {
  constructor(
    @Inject(CLERK_OPTIONS) private readonly options: ResolvedClerkOptions,
    private readonly tokens: TokenVerifier,
    private readonly credentials: HeldCredentials,
    private readonly audit: AuthenticationAudit,
  ) {
    super();
  }

  override async authenticate(token: string, path?: string): Promise<Principal> {
    try {
      return await this.verify(token, path);
    } catch (error) {
      this.audit.failed(error, undefined, path);
      throw error;
    }
  }

  private async verify(token: string, path: string | undefined): Promise<Principal> {
    const { resource } = resourceAt(this.options.resources, path);
    // A copy of its own: other callers may share the verdict, and must not share the credential.
    const principal = { ...(await this.tokens.verify(checkToken(token), resource)) };
    this.credentials.hold(principal, { token, resource });
    return principal;
  }
}

import { Injectable, Inject } from '@nestjs/common';
import { CallScope, TokenAuthenticator } from '../../request/authentication.js';
import type { Principal } from '../../request/principal.js';
import { RequestAuthenticator } from './request-authenticator.js';
import { RequestScope } from './request-scope.js';
import { AuthenticationAudit } from './handler-audit.js';
import { keepCredential } from './request-authentication.js';
import { resourceAt } from '../protected-resources.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk-options.js';
import { checkToken } from '../tokens/extract-token.js';
import { TokenVerifier } from '../tokens/token-verifier.js';

/** Runs a call with a known principal in the scope that `ClerkContext` reads. */
@Injectable()
export class ClerkCallScope extends CallScope {
  constructor(
    private readonly scope: RequestScope,
    private readonly authenticator: RequestAuthenticator,
  ) {
    super();
  }

  override run<T>(request: object, principal: Principal | undefined, callback: () => T): T {
    this.authenticator.adopt(request, principal);
    return this.scope.open(request, callback);
  }
}

/** Verifies a token by the same rules as over HTTP. */
@Injectable()
export class ClerkTokenAuthenticator extends TokenAuthenticator {
  constructor(
    @Inject(CLERK_OPTIONS) private readonly options: ResolvedClerkOptions,
    private readonly tokens: TokenVerifier,
    private readonly audit: AuthenticationAudit,
  ) {
    super();
  }

  override async authenticate(token: string, path?: string): Promise<Principal> {
    try {
      return await this.verify(token, path);
    } catch (error) {
      this.audit.recordFailure(error, undefined, path);
      throw error;
    }
  }

  private async verify(token: string, path: string | undefined): Promise<Principal> {
    const { resource } = resourceAt(this.options.resources, path);
    // A copy, because the cached principal is shared and must not get the credential.
    const principal = { ...(await this.tokens.verify(checkToken(token), resource)) };
    keepCredential(principal, { token, resource });
    return principal;
  }
}

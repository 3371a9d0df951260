import { Inject, Injectable, Logger } from '@nestjs/common';
import { inProcessCallOf } from '../../access/in-process-call.js';
import { andThen, catchError, type MaybePromise } from '../../request/value-or-promise.js';
import type { Principal } from '../../request/principal.js';
import { hasUntrustedForwarding, noteAddress } from '../../request/request-address.js';
import { attachPrincipal } from '../../request/request-record.js';
import { ClerkDirectory } from '../api/clerk-directory.js';
import { FailureLimit } from './failure-limit.js';
import { AuthenticationAudit } from './handler-audit.js';
import {
  authenticationOf,
  credentialOf,
  keepAuthentication,
  keepCredential,
  type RequestAuthentication,
} from './request-authentication.js';
import { resourceAt } from '../protected-resources.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk-options.js';
import { extractToken } from '../tokens/extract-token.js';
import type { PresentedToken } from '../tokens/presented-token.js';
import { invalidToken } from '../tokens/token-refusals.js';
import { TokenVerifier } from '../tokens/token-verifier.js';

/** Authenticates a request, once per request. */
@Injectable()
export class RequestAuthenticator {
  private readonly logger = new Logger('ClerkAuthModule');
  private hasWarned = false;

  constructor(
    @Inject(CLERK_OPTIONS) private readonly options: ResolvedClerkOptions,
    private readonly tokens: TokenVerifier,
    private readonly failures: FailureLimit,
    private readonly audit: AuthenticationAudit,
    private readonly directory: ClerkDirectory,
  ) {}

  /**
   * Extracts the token from a request, verifies it, and attaches the principal. A second call for the
   * same request returns the first result.
   *
   * @param path of the protected resource that the request is for. Default: that of an earlier call,
   *   otherwise the primary one
   * @returns `undefined` for an anonymous request
   * @throws {AccessRefusedError} if there is a token and it is not valid
   */
  authenticate(request: object, path?: string): MaybePromise<Principal | undefined> {
    const known = authenticationOf(request);
    const call = inProcessCallOf(request);
    if (call) {
      // Verified with the request that the call came with, and not sent again.
      if (known?.authenticator !== this) this.adopt(request, call.access.principal);
      return call.access.principal;
    }
    if (known?.authenticator === this) return this.repeat(known, path);
    const { resource } = resourceAt(this.options.resources, path);
    const authentication = this.start(request, path, resource);
    authentication.principal = catchError(
      () => this.verify(request, authentication),
      (error) =>
        andThen(this.failures.count(request, error), (counted): never => {
          authentication.failure = { error: counted };
          this.audit.recordFailure(counted, request, path);
          throw counted;
        }),
    );
    return authentication.principal;
  }

  /** Attaches an already verified principal to a request without a token. */
  adopt(request: object, principal: Principal | undefined): void {
    attachPrincipal(request, principal);
    const authentication = this.start(request, undefined, this.options.resource);
    authentication.principal = principal;
    authentication.credential = principal && credentialOf(principal);
  }

  /** Path of the protected resource that a request was authenticated for, if it was given. */
  resourcePathOf(request: object): string | undefined {
    return authenticationOf(request)?.path;
  }

  private start(
    request: object,
    path: string | undefined,
    resource: string,
  ): RequestAuthentication {
    const authentication: RequestAuthentication = {
      authenticator: this,
      path,
      resource,
      directory: this.directory,
      principal: undefined,
      failure: undefined,
      credential: undefined,
    };
    keepAuthentication(request, authentication);
    return authentication;
  }

  private repeat(known: RequestAuthentication, path: string | undefined) {
    if (known.failure) throw known.failure.error;
    return andThen(known.principal, (principal) => {
      if (!principal || path === undefined) return principal;
      if (resourceAt(this.options.resources, path).resource === known.resource) return principal;
      // The token was verified for another resource and has been removed, so it cannot be checked again.
      throw invalidToken('The access token was verified for another resource.');
    });
  }

  private verify(
    request: object,
    authentication: RequestAuthentication,
  ): MaybePromise<Principal | undefined> {
    // Discards a principal that an earlier layer attached.
    attachPrincipal(request, undefined);
    noteAddress(request);
    if (!this.hasWarned && hasUntrustedForwarding(request)) this.warn();
    const token = extractToken(request, this.options);
    if (token === undefined) return undefined;
    const { resource } = authentication;
    const verified =
      this.tokens.verifyAtOnce(token, resource) ??
      this.tokens.verify(token, resource, () => this.failures.admit(request));
    return andThen(verified, (principal) => this.accept(request, authentication, token, principal));
  }

  /** Logged once, because anyone can send these headers. */
  private warn(): void {
    this.hasWarned = true;
    this.logger.warn(
      '[Clerk] A request with X-Forwarded-For or Forwarded came from no trusted proxy. Where a proxy sent it, all callers behind that proxy have one address: set TRUST_PROXY to the addresses of your proxies, or in an application of your own trustProxy of the FastifyAdapter, "trust proxy" of Express. Without a proxy, a caller forged the header; nothing needs to be done.',
    );
  }

  private accept(
    request: object,
    authentication: RequestAuthentication,
    token: PresentedToken,
    principal: Principal,
  ): Principal {
    token.keep(request);
    const credential = { token: token.value, resource: authentication.resource };
    attachPrincipal(request, principal);
    authentication.credential = credential;
    // The listener of a session is verified again after its request has ended.
    keepCredential(principal, credential);
    return principal;
  }
}

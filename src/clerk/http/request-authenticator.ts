import { Inject, Injectable, Logger } from '@nestjs/common';
import { andThen, type MaybePromise } from '../../request/value-or-promise.js';
import { createPrivateMember } from '../../request/private-member.js';
import type { Principal } from '../../request/principal.js';
import { hasUntrustedForwarding, noteAddress } from '../../request/request-address.js';
import { attachPrincipal, carrierOf } from '../../request/request-principal.js';
import { ClerkDirectory } from '../api/clerk-directory.js';
import { FailureLimit } from './failure-limit.js';
import { AuthenticationAudit } from './handler-audit.js';
import { attachDirectory } from './request-directory.js';
import { RequestCredentials, type Credential } from './request-credentials.js';
import { resourceAt } from '../protected-resources.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk-options.js';
import { extractToken } from '../tokens/extract-token.js';
import { invalidToken } from '../tokens/token-refusals.js';
import { TokenVerifier } from '../tokens/token-verifier.js';

/** Authenticates a request, once per request. */
@Injectable()
export class RequestAuthenticator {
  private readonly logger = new Logger('ClerkAuthModule');
  private readonly memo = createPrivateMember<Authentication>();
  private hasWarned = false;

  constructor(
    @Inject(CLERK_OPTIONS) private readonly options: ResolvedClerkOptions,
    private readonly tokens: TokenVerifier,
    private readonly credentials: RequestCredentials,
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
    const raw = carrierOf(request);
    const known = this.memo.get(raw);
    if (known) return this.repeat(known, path);
    const { resource } = resourceAt(this.options.resources, path);
    const principal = this.verify(request, resource);
    this.memo.set(raw, { path, resource, principal });
    if (principal instanceof Promise) {
      principal.catch((error: unknown) => this.audit.recordFailure(error, request, path));
    }
    return principal;
  }

  /** Attaches an already verified principal to a request without a token. */
  adopt(request: object, principal: Principal | undefined): void {
    const { resource } = this.options;
    attachPrincipal(request, principal);
    if (principal) {
      attachDirectory(request, this.directory);
      this.credentials.share(principal, carrierOf(request));
    }
    this.memo.set(carrierOf(request), {
      path: undefined,
      resource,
      principal,
    });
  }

  /** Path of the protected resource that a request was authenticated for, if it was given. */
  resourcePathOf(request: object): string | undefined {
    return this.memo.get(carrierOf(request))?.path;
  }

  private repeat(known: Authentication, path: string | undefined) {
    return andThen(known.principal, (principal) => {
      if (!principal || path === undefined) return principal;
      if (resourceAt(this.options.resources, path).resource === known.resource) return principal;
      // The token was verified for another resource and has been removed, so it cannot be checked again.
      throw invalidToken('The access token was verified for another resource.');
    });
  }

  private verify(request: object, resource: string): MaybePromise<Principal | undefined> {
    // Discards a principal that an earlier layer attached.
    attachPrincipal(request, undefined);
    noteAddress(request);
    if (!this.hasWarned && hasUntrustedForwarding(request)) this.warn();
    try {
      const token = extractToken(request, this.options);
      if (token === undefined) return undefined;
      const credential = { token, resource };
      const known = this.tokens.verifyAtOnce(token, resource);
      return known === undefined
        ? this.ask(request, credential)
        : andThen(known, (principal) => this.accept(request, credential, principal));
    } catch (error) {
      return this.failures.watch(request, () => Promise.reject(error));
    }
  }

  /** Logged once, because anyone can send these headers. */
  private warn(): void {
    this.hasWarned = true;
    this.logger.warn(
      '[Clerk] A request with X-Forwarded-For or Forwarded came from no trusted proxy. Where a proxy sent it, all callers behind that proxy have one address: set TRUST_PROXY to the addresses of your proxies, or in an application of your own trustProxy of the FastifyAdapter, "trust proxy" of Express. Without a proxy, a caller forged the header; nothing needs to be done.',
    );
  }

  private ask(request: object, credential: Credential): Promise<Principal> {
    const { token, resource } = credential;
    return this.failures.watch(request, async (admit) =>
      this.accept(request, credential, await this.tokens.verify(token, resource, admit)),
    );
  }

  private accept(request: object, credential: Credential, principal: Principal): Principal {
    attachPrincipal(request, principal);
    attachDirectory(request, this.directory);
    this.credentials.keep(carrierOf(request), credential);
    // The listener of a session is verified again after its request has ended.
    this.credentials.keep(principal, credential);
    return principal;
  }
}

interface Authentication {
  readonly path: string | undefined;
  /** Identifier of the resource that the token was verified for. */
  readonly resource: string;
  readonly principal: MaybePromise<Principal | undefined>;
}

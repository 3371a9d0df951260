import { Inject, Injectable, Logger } from '@nestjs/common';
import { isJsonObject, type JsonObject } from '../json-object.js';
import { requestJson } from '../json-request.js';
import { RemoteCopy } from '../remote-copy.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk.options.js';
import { MAX_METADATA_BYTES, publishedMetadata } from './published-metadata.js';
import { unavailable } from '../tokens/token-refusals.js';

/**
 * Clerk's own authorization server metadata (RFC 8414), copied without URLs that no client should open.
 * Clients of the 2025-03-26 revision look for it on the resource server.
 */
@Injectable()
export class AuthorizationServerMirror {
  private readonly logger = new Logger('ClerkAuthModule');
  private readonly copy: RemoteCopy<JsonObject>;

  constructor(@Inject(CLERK_OPTIONS) private readonly options: ResolvedClerkOptions) {
    const { documentTtl: ttl, failureCoolDown } = options.limits;
    this.copy = new RemoteCopy(() => this.fetchDocument(), { ttl, failureCoolDown });
  }

  /**
   * The document, some minutes old at most while Clerk answers.
   *
   * @throws {AccessRefusedError} `unavailable` when it was never fetched
   */
  read(): Promise<JsonObject> {
    return this.copy.get();
  }

  private async fetchDocument(): Promise<JsonObject> {
    const { issuer, limits } = this.options;
    const answer = await requestJson(`${issuer}/.well-known/oauth-authorization-server`, {
      timeout: limits.timeout,
      maxBytes: MAX_METADATA_BYTES,
    }).catch(() => undefined);
    if (answer?.status !== 200 || !isJsonObject(answer.body)) throw unavailable(answer?.retryAfter);
    // RFC 8414 §3.3: a document of another issuer must not be used.
    if (answer.body['issuer'] !== issuer) {
      this.logger.error(
        '[Clerk] The authorization server metadata names another issuer than CLERK_DOMAIN. Set CLERK_DOMAIN to the Frontend API of your Clerk instance.',
      );
      throw unavailable();
    }
    return publishedMetadata(answer.body, issuer);
  }
}

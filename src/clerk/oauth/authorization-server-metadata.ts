import { Inject, Injectable, Logger } from '@nestjs/common';
import { isJsonObject, type JsonObject } from '../json-object.js';
import { requestJson } from '../api/json-request.js';
import { CachedResource } from '../api/cached-resource.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk-options.js';
import { unavailable } from '../tokens/token-refusals.js';
import { isLoopbackHost } from '../origin.js';

/**
 * Clerk's own authorization server metadata (RFC 8414), copied without URLs that no client should open.
 * Clients of the 2025-03-26 revision look for it on the resource server.
 */
@Injectable()
export class AuthorizationServerMirror {
  private readonly logger = new Logger('ClerkAuthModule');
  private readonly copy: CachedResource<JsonObject>;

  constructor(@Inject(CLERK_OPTIONS) private readonly options: ResolvedClerkOptions) {
    const { documentTtlMs: ttl, failureCoolDownMs } = options.limits;
    this.copy = new CachedResource(() => this.fetchDocument(), {
      ttl,
      failureCoolDown: failureCoolDownMs,
    });
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
      timeout: limits.timeoutMs,
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

/** Largest metadata document that is passed on, in bytes. Clerk's has some 2 KB. */
export const MAX_METADATA_BYTES = 65_536;

/**
 * The members of an authorization server's metadata (RFC 8414) that are passed on. Clients open and call
 * the URLs in it, so that only `https:` URLs pass, and `http:` ones of this machine where the issuer is on
 * this machine as well. Other members that name a URL are left out.
 */
export function publishedMetadata(document: JsonObject, issuer: string): JsonObject {
  const allowsHttp = isLoopbackHost(new URL(issuer).hostname);
  return membersOf(document, (value) => isPublishable(value, allowsHttp), 0);
}

type UrlCheck = (value: unknown) => boolean;

function isPublishable(value: unknown, allowsHttp: boolean): boolean {
  if (typeof value !== 'string' || !/^https?:\/\/[^\s]+$/i.test(value)) return false;
  if (!URL.canParse(value)) return false;
  const { protocol, hostname, username, password } = new URL(value);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (allowsHttp && isLoopbackHost(hostname));
}

function membersOf(object: JsonObject, isUrl: UrlCheck, depth: number): JsonObject {
  const members = Object.entries(object).flatMap(([name, value]) => {
    const passed = NAMES_URL.test(name) ? urlsIn(value, isUrl) : valueOf(value, isUrl, depth);
    return passed === undefined ? [] : [[name, passed] as const];
  });
  return Object.fromEntries(members);
}

/** One URL, or a list of URLs. */
function urlsIn(value: unknown, isUrl: UrlCheck): unknown {
  if (Array.isArray(value)) return value.filter(isUrl);
  return isUrl(value) ? value : undefined;
}

function valueOf(value: unknown, isUrl: UrlCheck, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return undefined;
  if (isJsonObject(value)) return membersOf(value, isUrl, depth + 1);
  return Array.from(value as readonly unknown[], (entry) =>
    valueOf(entry, isUrl, depth + 1),
  ).filter((entry) => entry !== undefined);
}

/** `token_endpoint`, `jwks_uri`, `issuer` and their like, at the top and in `mtls_endpoint_aliases`. */
const NAMES_URL =
  /(_endpoint|_ur[il]s?|_iframe)$|^(issuer|service_documentation|protected_resources)$/;
/** The metadata of RFC 8414 has one level below its own. */
const MAX_DEPTH = 4;

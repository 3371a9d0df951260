import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { isJsonObject, type JsonObject } from '../../request/json-object.js';
import { requestJson } from '../api/json-request.js';
import { CachedResource } from '../api/cached-resource.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk-options.js';
import { unavailable } from '../tokens/token-refusals.js';
import { isLoopbackHost } from '../origin.js';

/**
 * A copy of Clerk's authorization server metadata (RFC 8414), without unsafe URLs. Clients of the MCP
 * revision 2025-03-26 look for it on the resource server.
 */
@Injectable()
export class AuthorizationServerMirror implements OnApplicationShutdown {
  private readonly logger = new Logger('ClerkAuthModule');
  private readonly copy: CachedResource<JsonObject>;
  private readonly stopped = new AbortController();
  private ahead: NodeJS.Timeout | undefined;

  constructor(@Inject(CLERK_OPTIONS) private readonly options: ResolvedClerkOptions) {
    const { documentTtlMs: ttlMs, failureCoolDownMs } = options.limits;
    this.copy = new CachedResource(() => this.fetchDocument(), {
      ttlMs,
      failureCoolDownMs,
    });
  }

  /**
   * The metadata, at most `limits.documentTtlMs` old while Clerk responds.
   *
   * @throws {AccessRefusedError} `unavailable` if it was never fetched
   */
  read(): Promise<JsonObject> {
    return this.copy.get();
  }

  /**
   * Fetches the metadata in the background, a second later: the first request of a process is not to wait
   * for it. Never fails.
   */
  prefetch(): void {
    this.ahead = setTimeout(() => this.fetchInBackground(), PREFETCH_AFTER_MS).unref();
  }

  /**
   * Whether the metadata lists a scope, as far as it is known: `false` before the first copy. Does not
   * wait; a missing or old copy is fetched in the background.
   */
  advertises(scope: string): boolean {
    if (this.copy.fresh === undefined) this.fetchInBackground();
    const scopes = this.copy.current?.['scopes_supported'];
    return Array.isArray(scopes) && scopes.includes(scope);
  }

  /** Ends a running fetch: it would keep the process alive. */
  onApplicationShutdown(): void {
    clearTimeout(this.ahead);
    this.stopped.abort();
  }

  private fetchInBackground(): void {
    this.copy.get().catch(() => undefined);
  }

  private async fetchDocument(): Promise<JsonObject> {
    const { issuer, limits } = this.options;
    const answer = await requestJson(`${issuer}/.well-known/oauth-authorization-server`, {
      timeout: limits.timeoutMs,
      maxBytes: MAX_METADATA_BYTES,
      signal: this.stopped.signal,
    }).catch(() => undefined);
    if (answer?.status !== 200 || !isJsonObject(answer.body)) throw unavailable(answer?.retryAfter);
    // RFC 8414 §3.3: metadata of another issuer must not be used.
    if (answer.body['issuer'] !== issuer) {
      this.logger.error(
        '[Clerk] The authorization server metadata names another issuer than CLERK_DOMAIN. Set CLERK_DOMAIN to the Frontend API of your Clerk instance.',
      );
      throw unavailable();
    }
    return publishedMetadata(answer.body, issuer);
  }
}

/** The first use of `fetch` takes 450 million instructions of Node 20, a tenth of a cold start. */
const PREFETCH_AFTER_MS = 1_000;
/** Largest accepted metadata document, in bytes. Clerk's has about 2 KB. */
const MAX_METADATA_BYTES = 65_536;

/**
 * Removes unsafe URLs from authorization server metadata (RFC 8414), because clients open them. Only
 * `https:` URLs are kept, and `http:` URLs of loopback hosts if the issuer is on a loopback host.
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
/** RFC 8414 metadata has one nested level. */
const MAX_DEPTH = 4;

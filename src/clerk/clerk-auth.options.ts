import type { ClerkLimits } from './clerk-limits.js';
import type { TokenType } from './tokens/classify.js';
import type { ClerkWebhookOptions } from './webhook-options.js';

/** What the metadata of one protected resource says. Default: what the module says. */
export interface ClerkResourceOptions {
  readonly scopes?: readonly string[] | undefined;
  readonly docsURL?: string | undefined;
  readonly resourceName?: string | undefined;
}

/** Options of `ClerkAuthModule`. Empty strings count as absent. */
export interface ClerkAuthOptions {
  /** Clerk's secret key, `sk_test_…` or `sk_live_…`. */
  readonly secretKey: string;
  /**
   * Host or URL of Clerk's Frontend API, which is also the issuer of its tokens. https is implied,
   * http is for loopback hosts. Default: derived from `publishableKey`.
   */
  readonly clerkDomain?: string | undefined;
  /** Public URL of this server, without the path of the protected resource. */
  readonly baseURL: string;
  /** OAuth scopes that clients are told to ask for. Default `['profile', 'email']`. */
  readonly scopes?: readonly string[] | undefined;
  /**
   * Scopes that include others, over any number of steps:
   * `{ 'notes:write': ['notes:read'] }` lets `notes:write` in wherever `notes:read` is asked for.
   * Default: none.
   */
  readonly scopeHierarchy?: Readonly<Record<string, readonly string[]>> | undefined;
  /** URL of documentation for people, published in the resource metadata. */
  readonly docsURL?: string | undefined;

  /** Clerk's publishable key, `pk_test_…` or `pk_live_…`. It names the Frontend API. */
  readonly publishableKey?: string | undefined;
  /** Origin of Clerk's Backend API. Default `https://api.clerk.com`. */
  readonly apiURL?: string | undefined;
  /** PEM of the instance's public key: tokens are then verified without any key fetch. */
  readonly jwtKey?: string | undefined;
  /** Kinds of credential let in. Default `['oauth_token', 'session_token']`. */
  readonly acceptedTokens?: readonly TokenType[] | undefined;
  /**
   * Whether an OAuth token must name this resource in `aud`. `required` (default), or
   * `foreign-only`: a missing `aud` passes, a foreign one never.
   */
  readonly audience?: 'required' | 'foreign-only' | undefined;
  /** Origins allowed in the `azp` of session tokens. Needed when these are let in in production. */
  readonly authorizedParties?: readonly string[] | undefined;
  /** This server's own OAuth application; with a secret it is a confidential client. */
  readonly oauthClient?:
    { readonly clientId: string; readonly clientSecret?: string | undefined } | undefined;
  /** OAuth clients whose id_tokens are let in. Default: `oauthClient`. */
  readonly idTokenClientIds?: readonly string[] | undefined;
  /** Whether `params._meta.authorization.token` of a JSON-RPC body is read. Default `true`. */
  readonly metaAuthorization?: boolean | undefined;
  /**
   * Path of the protected resource below `baseURL`. Default: that of the MCP endpoint. With several
   * endpoints each is a resource of its own, and this names the primary one, for which the refresh
   * grant speaks. Default: the first.
   */
  readonly path?: string | undefined;
  /** What differs for one of several resources, by the path of its endpoint. */
  readonly resources?: Readonly<Record<string, ClerkResourceOptions>> | undefined;
  /** Human-readable name of the resource, published in its metadata. */
  readonly resourceName?: string | undefined;
  /**
   * Whether the rules of production hold. Default: whether `NODE_ENV` is `production`, in any case, or
   * one of the keys is a live one.
   */
  readonly production?: boolean | undefined;
  /** Clerk's webhooks, which end access at once. Default: off. */
  readonly webhooks?: ClerkWebhookOptions | undefined;
  /** Time limits and cache sizes. */
  readonly limits?: Partial<ClerkLimits> | undefined;
}

/** Options that shape the module itself, known before any provider exists. */
export interface ClerkAuthExtras {
  /** Whether every module of the application sees what this one exports. Default `true`. */
  readonly isGlobal?: boolean;
  /** Path of the webhook endpoint, below a global prefix of the application. Default `webhooks/clerk`. */
  readonly webhookPath?: string;
}

/** Lays something over the options of `ClerkAuthModule` before they are checked. */
export type ClerkOptionsAdapter = (options: ClerkAuthOptions) => ClerkAuthOptions;

/**
 * Injects a {@link ClerkOptionsAdapter}, which changes nothing. Tests override it, to point an
 * application whose options they never saw at another Clerk instance.
 */
export const CLERK_OPTIONS_ADAPTER = Symbol('nestjs-clerk-mcp:clerk-options-adapter');

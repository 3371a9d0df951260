import type { OptionsOf } from '../request/known-options.js';
import { DEFAULT_CLERK_LIMITS, type ClerkLimits } from './clerk-limits.js';
import type { TokenType } from './tokens/classify.js';
import type { ClerkWebhookOptions } from './webhook-options.js';

/** Options of `ClerkAuthModule`. Empty strings count as absent. */
export interface ClerkAuthOptions {
  /**
   * Clerk's secret key, `sk_test_…` or `sk_live_…`. Without it, `publishableKey` is required and only JWTs are
   * accepted: everything that asks Clerk's Backend API fails with `CLERK_SECRET_KEY_MISSING`.
   */
  readonly secretKey?: string | undefined;
  /**
   * Host or URL of Clerk's Frontend API, which is also the issuer of its tokens. A host means https, or
   * http for a loopback host. Default: the host in `publishableKey`.
   */
  readonly clerkDomain?: string | undefined;
  /** Public URL of this server, without the path of the protected resource. */
  readonly baseURL: string;
  /**
   * OAuth scopes that clients are told to request, in metadata and challenges. `catalog`: `profile`, `email`
   * and every scope that the access rules of the entries and the routes of a resource need, also of entries
   * that are added while the application runs. Default `['profile', 'email']`.
   */
  readonly scopes?: readonly string[] | 'catalog' | undefined;
  /**
   * Whether `localhost`, `127.0.0.1` and `[::1]`, with the port of `baseURL`, are names of one server: metadata and
   * challenges answer with the name that a client asked for, and tokens for each of them are accepted. It needs
   * a `baseURL` of one of these hosts. Default `false`: `baseURL` is compared whole.
   */
  readonly loopbackNames?: boolean | undefined;
  /**
   * Scopes that include other scopes, transitively. With `{ 'notes:write': ['notes:read'] }`, the scope
   * `notes:write` meets a requirement for `notes:read`. Default: none.
   */
  readonly scopeHierarchy?: Readonly<Record<string, readonly string[]>> | undefined;
  /** URL of documentation for people, published in the resource metadata. Default: none. */
  readonly docsURL?: string | undefined;

  /** Clerk's publishable key, `pk_test_…` or `pk_live_…`. Default: derived from `clerkDomain`. */
  readonly publishableKey?: string | undefined;
  /** Origin of Clerk's Backend API. Default `https://api.clerk.com`. */
  readonly apiURL?: string | undefined;
  /** PEM of the instance's public key. Default: the keys are fetched from Clerk. */
  readonly jwtKey?: string | undefined;
  /** Accepted kinds of credential. Default `['oauth_token', 'session_token']`. */
  readonly acceptedTokens?: readonly TokenType[] | undefined;
  /**
   * Whether an OAuth token must name this resource in `aud`: `required`, or `foreign-only`: a token
   * without `aud` is accepted, one for another audience is refused. Default: `required`.
   */
  readonly audience?: 'required' | 'foreign-only' | undefined;
  /**
   * Audiences of tokens that are accepted besides the URL of the endpoint, such as an earlier URL or one with a
   * query: up to 20 http or https URIs without fragment, compared in the normal form of RFC 3986 §6.2.2, in
   * which a trailing slash counts. With several endpoints, write them in `resources`. Default: none.
   */
  readonly audiences?: readonly string[] | undefined;
  /**
   * Values of which the `aud` of a session token must contain one, if it has an `aud`; a custom claim. Default:
   * `aud` is not checked, as in Clerk's SDK.
   */
  readonly sessionAudiences?: readonly string[] | undefined;
  /**
   * Origins allowed in the `azp` of session tokens. Required in production if session tokens are accepted.
   * Default: all.
   */
  readonly authorizedParties?: readonly string[] | undefined;
  /**
   * Secret key of the machine at Clerk that this server is, `ak_…`. Opaque machine tokens are verified with it, so
   * that Clerk refuses tokens for other machines. Default: they are verified with `secretKey`.
   */
  readonly machineSecretKey?: string | undefined;
  /**
   * Id of the machine at Clerk that this server is, `mch_…`. A machine token must name it in `scopes` or `aud`.
   * Default: tokens for any machine of the instance are accepted; with `machineSecretKey`, opaque ones for this
   * machine alone and no JWTs.
   */
  readonly machineId?: string | undefined;
  /** OAuth client of this server, for the refresh grant. With a secret it is confidential. Default: none. */
  readonly oauthClient?:
    { readonly clientId: string; readonly clientSecret?: string | undefined } | undefined;
  /** OAuth clients whose id_tokens are accepted. Default: the one of `oauthClient`. */
  readonly idTokenClientIds?: readonly string[] | undefined;
  /** Whether `params._meta.authorization.token` of a JSON-RPC body is read. Default `true`. */
  readonly metaAuthorization?: boolean | undefined;
  /**
   * With `RedisModule`: whether nodes share the verification of valid opaque tokens, encrypted, so that Clerk is
   * asked once for all nodes. Each first use of a token at a node then takes a round trip. JWTs and refusals are
   * not shared. Default `false`.
   */
  readonly shareVerdicts?: boolean | undefined;
  /**
   * Path of the protected resource below `baseURL`. Default: the path of the MCP endpoint. Each of several
   * endpoints is a separate resource; `path` then selects the primary one, which the refresh grant uses.
   * Default: the first.
   */
  readonly path?: string | undefined;
  /** Metadata of single resources, by the path of their endpoint. Default: none. */
  readonly resources?: Readonly<Record<string, ClerkResourceOptions>> | undefined;
  /** Human-readable name of the resource, published in its metadata. Default: none. */
  readonly resourceName?: string | undefined;
  /**
   * Whether the production checks apply. Default: `true` if `NODE_ENV` is `production`, in any case, or a
   * key is a live one.
   */
  readonly production?: boolean | undefined;
  /**
   * Page on which a user connects accounts of other services, for `ClerkContext.upstreamToken()`. It must
   * not have a secret. Default: the user profile of Clerk's Account Portal, `https://accounts.<domain>/user`.
   */
  readonly upstreamConnectUrl?: string | undefined;
  /** Clerk's webhooks, which revoke access before a token expires. Default: off. */
  readonly webhooks?: ClerkWebhookOptions | undefined;
  /** Time limits, rate limits and cache sizes. Default: see {@link ClerkLimits}. */
  readonly limits?: Partial<ClerkLimits> | undefined;
}

/** Metadata of one protected resource. Default of each member: the option of the module. */
export interface ClerkResourceOptions {
  /** OAuth scopes that clients of this endpoint are told to request. */
  readonly scopes?: readonly string[] | 'catalog' | undefined;
  /** URL of documentation for people, published in the metadata of this endpoint. */
  readonly docsURL?: string | undefined;
  /** Human-readable name of the endpoint, published in its metadata. */
  readonly resourceName?: string | undefined;
  /** Audiences of tokens that are accepted at this endpoint alone, besides its URL. Default: none. */
  readonly audiences?: readonly string[] | undefined;
}

/** Options of the module definition, which a factory of `forRootAsync()` cannot return. */
export interface ClerkAuthExtras {
  /** Whether the exports are available in every module of the application. Default `true`. */
  readonly isGlobal?: boolean;
  /** Path of the webhook endpoint, below a global prefix of the application. Default `webhooks/clerk`. */
  readonly webhookPath?: string;
}

/** The names of {@link ClerkResourceOptions}. */
export const CLERK_RESOURCE_OPTIONS = {
  scopes: true,
  docsURL: true,
  resourceName: true,
  audiences: true,
} as const satisfies OptionsOf<ClerkResourceOptions>;

/** The names of {@link ClerkAuthOptions}. */
export const CLERK_AUTH_OPTIONS = {
  secretKey: true,
  clerkDomain: true,
  baseURL: true,
  loopbackNames: true,
  scopes: true,
  scopeHierarchy: true,
  docsURL: true,
  publishableKey: true,
  upstreamConnectUrl: true,
  apiURL: true,
  jwtKey: true,
  acceptedTokens: true,
  audience: true,
  audiences: true,
  sessionAudiences: true,
  authorizedParties: true,
  machineSecretKey: true,
  machineId: true,
  oauthClient: { clientId: true, clientSecret: true },
  idTokenClientIds: true,
  metaAuthorization: true,
  shareVerdicts: true,
  path: true,
  resources: true,
  resourceName: true,
  production: true,
  webhooks: { signingSecret: true, revocationOf: true } satisfies OptionsOf<ClerkWebhookOptions>,
  limits: Object.fromEntries(
    Object.keys(DEFAULT_CLERK_LIMITS).map((name) => [name, true as const]),
  ),
} as const satisfies OptionsOf<ClerkAuthOptions>;

/** The names of {@link ClerkAuthExtras}. */
export const CLERK_AUTH_EXTRAS = {
  isGlobal: true,
  webhookPath: true,
} as const satisfies OptionsOf<ClerkAuthExtras>;

/** Changes the options of `ClerkAuthModule` before they are checked. */
export type ClerkOptionsAdapter = (options: ClerkAuthOptions) => ClerkAuthOptions;

/**
 * Injection token of the {@link ClerkOptionsAdapter}. The default changes nothing. Tests override it to
 * connect an application to another Clerk instance.
 */
export const CLERK_OPTIONS_ADAPTER = Symbol('nestjs-clerk-mcp:clerk-options-adapter');

import type { ClerkLimits } from './clerk-limits.js';
import type { TokenType } from './tokens/token-type.js';

/** {@link ClerkAuthOptions} checked and completed, once, at boot. */
export interface ResolvedClerkOptions {
  readonly secretKey: string;
  readonly publishableKey: string;
  /** Issuer of Clerk's tokens and origin of its Frontend API, without a trailing slash. */
  readonly issuer: string;
  readonly apiURL: string;
  /** PEM with real line breaks, or `null` when keys are fetched. */
  readonly jwtKey: string | null;
  /** Resource identifier of RFC 9728, compared with `aud` character by character. */
  readonly resource: string;
  /** Absolute URL of the resource's metadata document. */
  readonly metadataURL: string;
  readonly scopes: readonly string[];
  readonly docsURL: string | null;
  readonly resourceName: string | null;
  readonly acceptedTokens: ReadonlySet<TokenType>;
  readonly audience: 'required' | 'foreign-only';
  readonly authorizedParties: readonly string[];
  readonly oauthClient: {
    readonly clientId: string;
    readonly clientSecret: string | null;
  } | null;
  readonly idTokenClientIds: readonly string[];
  readonly metaAuthorization: boolean;
  readonly limits: ClerkLimits;
}

/** Injection token of {@link ResolvedClerkOptions}. */
export const CLERK_OPTIONS = Symbol('nestjs-clerk-mcp:clerk-options');

import type { ClerkLimits } from './clerk-limits.js';
import type { ConfiguredResource, ProtectedResources } from './protected-resources.js';
import type { ScopeHierarchy } from './scope-hierarchy.js';
import type { TokenType } from './tokens/classify.js';
import type { ResolvedWebhookOptions } from './webhook-options.js';

/**
 * {@link ClerkAuthOptions}, checked and completed once at startup. The members of
 * {@link ConfiguredResource} are those of the primary resource.
 */
export interface ResolvedClerkOptions extends ConfiguredResource {
  /** Whether the checks of production apply. */
  readonly production: boolean;
  /** `null` without one: then nothing asks the Backend API. */
  readonly secretKey: string | null;
  readonly publishableKey: string;
  /** Issuer of Clerk's tokens and origin of its Frontend API, without a trailing slash. */
  readonly issuer: string;
  readonly apiURL: string;
  /** PEM with real line breaks; `null` if the keys are fetched. */
  readonly jwtKey: string | null;
  readonly resources: ProtectedResources;
  readonly scopeHierarchy: ScopeHierarchy;
  readonly acceptedTokens: ReadonlySet<TokenType>;
  readonly audience: 'required' | 'foreign-only';
  /** Empty: the `aud` of session tokens is not checked. */
  readonly sessionAudiences: readonly string[];
  readonly authorizedParties: readonly string[];
  /** `null` if Clerk does not check machine tokens for this machine. */
  readonly machineSecretKey: string | null;
  /** `null` if machine tokens for any machine are accepted. */
  readonly machineId: string | null;
  readonly oauthClient: {
    readonly clientId: string;
    readonly clientSecret: string | null;
  } | null;
  readonly idTokenClientIds: readonly string[];
  readonly metaAuthorization: boolean;
  readonly shareVerdicts: boolean;
  /** Page on which a user connects accounts. */
  readonly upstreamConnectUrl: string;
  /** `null` if webhooks are off. */
  readonly webhooks: ResolvedWebhookOptions | null;
  readonly limits: ClerkLimits;
}

/** Injection token of {@link ResolvedClerkOptions}. */
export const CLERK_OPTIONS = Symbol('nestjs-clerk-mcp:clerk-options');

/**
 * The options with another resource as the primary one.
 *
 * @param identifier of the resource
 */
export function optionsFor(
  options: ResolvedClerkOptions,
  identifier: string,
): ResolvedClerkOptions {
  if (options.resource === identifier) return options;
  const found = [...options.resources.values()].find(({ resource }) => resource === identifier);
  return { ...options, ...(found ?? { resource: identifier, audiences: [identifier] }) };
}

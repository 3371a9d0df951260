import type { SessionStatus, ClerkEmulator } from '../../emulator/index.js';
import type { TokenType } from '../../clerk/tokens/classify.js';
import type { AccessRequirement } from '../../access/access-rule.js';
import type { ResolvedClerkOptions } from '../../clerk/resolved-clerk-options.js';
import type { McpCatalog } from '../../mcp/catalog/mcp-catalog.js';

/**
 * Who calls, and with what kind of credential. Whoever and whatever the stand-in does not know yet
 * is created: users by `email`, organizations by `organization`.
 */
export interface Person {
  /** Default: `ada@example.com`, whom the stand-in is seeded with. */
  readonly email?: string;
  /** Id of the user, `user_…`, when the user is new. Default: a random one. */
  readonly userId?: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly publicMetadata?: Readonly<Record<string, unknown>>;

  /**
   * Kind of credential. Default: `oauth_token` where the application accepts it, else the first
   * kind that it accepts.
   */
  readonly tokenType?: TokenType;
  /** Format of an `oauth_token`. Default: `jwt`. */
  readonly format?: 'jwt' | 'opaque';
  /** Granted scopes of an `oauth_token`, an `id_token` or an `api_key`. Default: `profile email`. */
  readonly scopes?: readonly string[];

  /**
   * Slug or id of the organization that the credential acts in. An `oauth_token` gets the scope
   * `user:org:read` with it, without which Clerk tells no organization; an `api_key` then belongs to
   * the organization.
   */
  readonly organization?: string;
  /** Role in the organization. Default: what it is, else `org:member`. */
  readonly role?: string;
  /** Permissions in the organization, `org:<feature>:<permission>`. Default: those of the role. */
  readonly permissions?: readonly string[];
  /** Plan of an organization that is new. Default: `free_org`. */
  readonly plan?: string;

  /** Features that a session token names in `fea`, such as `o:notes`. Default: those of the permissions. */
  readonly features?: readonly string[];
  /** Minutes since the first and the second factor were verified, `-1` for never (`fva`). */
  readonly factorAge?: readonly [first: number, second: number];
  /** Id or e-mail address of the user who impersonates this one (`act`). */
  readonly impersonatedBy?: string;
  /** State of the session of a `session_token`. Default: `active`. */
  readonly sessionStatus?: SessionStatus;

  /** Id of the OAuth client. Default: one that the stand-in is seeded with. */
  readonly clientId?: string;
  /** Resource that an `oauth_token` is for; `null` for none. Default: the endpoint. */
  readonly resource?: string | null;
  /** Seconds until the credential expires; negative for one that has expired. Default: as at Clerk. */
  readonly expiresIn?: number;
  /** Claims of a JWT on top of the usual ones, or of an `api_key` or `m2m_token`. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Claims that a JWT lacks. */
  readonly omitClaims?: readonly string[];
  /** `foreign`: signed with a key that the instance does not have, as a forged JWT is. */
  readonly signedBy?: 'instance' | 'foreign';
}

/**
 * Has the stand-in know the scopes that an application asks for, as its Clerk instance does: without
 * them a client that signs in by itself would be told that they do not exist.
 */
export function defineScopes(
  { scopes }: ClerkEmulator,
  options: ResolvedClerkOptions | undefined,
  catalogs: readonly McpCatalog[],
): void {
  const published = [...(options?.resources.values() ?? [])].flatMap((resource) => resource.scopes);
  const needed = catalogs.flatMap(scopesOf);
  for (const name of [...published, ...needed]) scopes.define(name);
}

function scopesOf({ tools, resources, resourceTemplates, prompts }: McpCatalog): readonly string[] {
  const entries = [tools.all, resources.all, resourceTemplates.all, prompts.all].flat();
  return entries.flatMap(({ access }) =>
    access.kind === 'public' ? [] : access.requirements.flatMap(scopesIn),
  );
}

function scopesIn(requirement: AccessRequirement): readonly string[] {
  switch (requirement.kind) {
    case 'scopes':
      return requirement.scopes;
    case 'any_of':
      return requirement.alternatives.flat().flatMap(scopesIn);
    case 'by_token':
      return Object.values(requirement.byToken).flat().flatMap(scopesIn);
    default:
      return [];
  }
}

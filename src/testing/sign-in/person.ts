import type { SessionStatus } from '../../emulator/index.js';
import type { TokenType } from '../../clerk/tokens/classify.js';

/**
 * A user with a credential. A user (`email`) or an organization (`organization`) that does not exist at
 * the emulator is created.
 */
export interface Person {
  /** E-mail address. Default: `ada@example.com`, a user of the seed. */
  readonly email?: string;
  /** Id of a new user, `user_…`. Default: random. */
  readonly userId?: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly publicMetadata?: Readonly<Record<string, unknown>>;

  /**
   * Kind of credential. Default: `oauth_token` if the application accepts it, else the first accepted
   * kind.
   */
  readonly tokenType?: TokenType;
  /** Format of an `oauth_token`. Default: `jwt`. */
  readonly format?: 'jwt' | 'opaque';
  /** Granted scopes of an `oauth_token`, an `id_token` or an `api_key`. Default: `profile email`. */
  readonly scopes?: readonly string[];

  /**
   * Slug or id of the organization of the credential. An `oauth_token` also gets the scope
   * `user:org:read`, because Clerk needs it to include the organization. An `api_key` belongs to the
   * organization.
   */
  readonly organization?: string;
  /** Role in the organization. Default: the present role, or `org:member` for a new member. */
  readonly role?: string;
  /** Permissions in the organization, `org:<feature>:<permission>`. Default: permissions of the role. */
  readonly permissions?: readonly string[];
  /** Plan of a new organization. Default: `free_org`. */
  readonly plan?: string;

  /** Features in the claim `fea` of a session token, such as `o:notes`. Default: from the permissions. */
  readonly features?: readonly string[];
  /** Minutes since the first and the second factor were verified (claim `fva`); `-1` means never. */
  readonly factorAge?: readonly [first: number, second: number];
  /** Id or e-mail address of the user who impersonates this user (claim `act`). */
  readonly impersonatedBy?: string;
  /** Status of the session of a `session_token`. Default: `active`. */
  readonly sessionStatus?: SessionStatus;

  /** Id of the OAuth client. Default: an OAuth application of the seed. */
  readonly clientId?: string;
  /** Resource in the audience of an `oauth_token`; `null` for no audience. Default: the endpoint. */
  readonly resource?: string | null;
  /** Seconds until the credential expires; negative for an expired one. Default: as at Clerk. */
  readonly expiresIn?: number;
  /** Additional claims of a JWT, or the claims of an `api_key` or `m2m_token`. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Claims that are removed from a JWT. */
  readonly omitClaims?: readonly string[];
  /** `foreign` signs a JWT with a key that the instance does not have, as in a forged JWT. */
  readonly signedBy?: 'instance' | 'foreign';
}

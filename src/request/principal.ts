/**
 * Who a verified credential speaks for. An authentication guard builds it, everything else reads it.
 * It never holds the credential itself.
 */
export interface Principal {
  /** Kind of credential, in the words of the authentication module, such as `oauth_token`. */
  readonly tokenType: string;
  /** Who issued the credential (`iss`). */
  readonly issuer: string;
  /** Whom the credential speaks for (`sub`): a user, an organization or a machine. */
  readonly subject: string;
  /** The user behind the credential; absent for machines and for keys of an organization. */
  readonly userId?: string;
  /** The OAuth client that the credential was issued to. */
  readonly clientId?: string;
  /** The sign-in session that the credential belongs to. */
  readonly sessionId?: string;
  /** The organization that the credential acts in. Never taken from input. */
  readonly organization?: PrincipalOrganization;
  /** Granted OAuth scopes; absent for kinds of credential that carry none. */
  readonly scopes?: readonly string[];
  /** Features of the billing plans; absent for a credential that says nothing of them. */
  readonly features?: Entitlements;
  /** Billing plans; absent for a credential that says nothing of them. */
  readonly plans?: Entitlements;
  /**
   * Minutes since the user verified by a first and by a second factor, -1 for one that is not
   * enrolled; absent for a credential that does not say.
   */
  readonly factorAges?: readonly [number, number];
  /**
   * Who impersonates the subject (`act.sub`); `unknown` where the credential says that somebody does,
   * and not who.
   */
  readonly actor?: string;
  /**
   * Who acts for the subject by delegation, from the current actor to the first, eight at most
   * (RFC 8693 §4.1). Those after the current one are a record, and decide nothing.
   */
  readonly delegation?: readonly DelegationActor[];
  /** Time of issue, in milliseconds since the epoch. */
  readonly issuedAt?: number;
  /** Time of expiry, in milliseconds since the epoch; `Infinity` for a credential without one. */
  readonly expiresAt: number;
  /** The verified claims. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** The organization of a {@link Principal}; what the credential does not say is absent. */
export interface PrincipalOrganization {
  readonly id: string;
  readonly slug?: string;
  readonly role?: string;
  readonly permissions?: readonly string[];
}

/** One actor of a delegation: a service or a client that acts for the subject of the credential. */
export interface DelegationActor {
  /** `sub` of the actor; `unknown` where the credential names none. */
  readonly subject: string;
  /** Who knows the actor by that name (`iss`). */
  readonly issuer?: string;
}

/** What somebody has, by who has it. */
export interface Entitlements {
  readonly organization: readonly string[];
  readonly user: readonly string[];
}

/** Whether a principal counts as nobody. An expiry that is no number lets nobody in. */
export function isExpired({ expiresAt }: Principal, now: number = Date.now()): boolean {
  return !(expiresAt > now);
}

/**
 * The identity that a session, a stream or a task is bound to: the same subject through the same client,
 * in the same organization, since what belongs to one tenant is none of another's business.
 */
export function principalKey(principal: Principal): string {
  const { issuer, subject, clientId = null, organization } = principal;
  return JSON.stringify([issuer, subject, clientId, organization?.id ?? null]);
}

/**
 * Whom quotas count a principal for: the subject through whatever client and in whatever organization,
 * since anybody may register another client.
 */
export function subjectKey({ issuer, subject }: Principal): string {
  return JSON.stringify([issuer, subject]);
}

/**
 * Whether a feature or a plan is among those of a credential.
 *
 * @param name a name, or `org:name` and `user:name` for whose it must be
 */
export function isEntitled(entitlements: Entitlements | undefined, name: string): boolean {
  if (!entitlements) return false;
  const { organization, user } = entitlements;
  const [whose = '', key] = name.split(':');
  if (key === undefined) return organization.includes(whose) || user.includes(whose);
  return (whose.startsWith('u') ? user : organization).includes(key);
}

/** How a session names its owner. */
export function ownerKey(principal: Principal | undefined): string | undefined {
  return principal && principalKey(principal);
}

import { createPrivateMember } from './private-member.js';

/**
 * The identity and the rights of a verified credential. An authentication guard creates it. It never
 * contains the credential itself.
 */
export interface Principal {
  /** Kind of credential, as the authentication module names it, for example `oauth_token`. */
  readonly tokenType: string;
  /** Issuer of the credential (`iss`). */
  readonly issuer: string;
  /** Subject of the credential (`sub`): a user, an organization or a machine. */
  readonly subject: string;
  /** The user behind the credential; absent for machines and for keys of an organization. */
  readonly userId?: string;
  /** The OAuth client that the credential was issued to. */
  readonly clientId?: string;
  /** The sign-in session that the credential belongs to. */
  readonly sessionId?: string;
  /** The active organization of the credential. It is never read from the request input. */
  readonly organization?: PrincipalOrganization;
  /** Granted OAuth scopes; absent for kinds of credential that carry none. */
  readonly scopes?: readonly string[];
  /** Features of the billing plans; absent if the credential does not list them. */
  readonly features?: Entitlements;
  /** Billing plans; absent if the credential does not list them. */
  readonly plans?: Entitlements;
  /**
   * Minutes since the user last verified a first and a second factor; -1 for a factor that is not
   * enrolled. Absent if the credential does not contain them.
   */
  readonly factorAges?: readonly [number, number];
  /**
   * The impersonator of the subject (`act.sub`); `unknown` if the credential is impersonated but does
   * not name the impersonator.
   */
  readonly actor?: string;
  /**
   * The delegation chain, from the current actor to the first, at most eight (RFC 8693 §4.1). Only the
   * current actor is used in access decisions.
   */
  readonly delegation?: readonly DelegationActor[];
  /** Time of issue, in milliseconds since the epoch. */
  readonly issuedAt?: number;
  /** Time of expiry, in milliseconds since the epoch; `Infinity` for a credential without one. */
  readonly expiresAt: number;
  /** The verified claims. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** The organization of a {@link Principal}. Members that the credential does not contain are absent. */
export interface PrincipalOrganization {
  readonly id: string;
  readonly slug?: string;
  readonly role?: string;
  readonly permissions?: readonly string[];
}

/** One actor of a delegation: a service or a client that acts on behalf of the subject. */
export interface DelegationActor {
  /** `sub` of the actor; `unknown` if the credential does not name it. */
  readonly subject: string;
  /** Issuer of the actor's identity (`iss`). */
  readonly issuer?: string;
}

/** Features or plans, separated by owner. */
export interface Entitlements {
  readonly organization: readonly string[];
  readonly user: readonly string[];
}

/** Whether the credential of a principal has expired. An `expiresAt` that is `NaN` counts as expired. */
export function isExpired({ expiresAt }: Principal, now: number = Date.now()): boolean {
  return !(expiresAt > now);
}

/**
 * The owner key of a session, a stream or a task: subject, client and organization. A principal in
 * another organization has another key, so tenants stay separate.
 */
export function principalKey(principal: Principal): string {
  return OWNER_KEYS.getOrCreate(principal, writePrincipalKey);
}

/**
 * The key that quotas count a principal under: the subject, whichever client or organization it uses,
 * because anyone can register another client.
 */
export function subjectKey(principal: Principal): string {
  return SUBJECT_KEYS.getOrCreate(principal, writeSubjectKey);
}

function writePrincipalKey(principal: Principal): string {
  const { issuer, subject, clientId = null, organization } = principal;
  return JSON.stringify([issuer, subject, clientId, organization?.id ?? null]);
}

function writeSubjectKey({ issuer, subject }: Principal): string {
  return JSON.stringify([issuer, subject]);
}

/** Every request of a token has the same principal. */
const OWNER_KEYS = createPrivateMember<string>();
const SUBJECT_KEYS = createPrivateMember<string>();

/**
 * Whether a credential has a feature or a plan.
 *
 * @param name a name of either owner, or `org:name` or `user:name` for one owner
 */
export function isEntitled(entitlements: Entitlements | undefined, name: string): boolean {
  if (!entitlements) return false;
  const { organization, user } = entitlements;
  const [whose = '', key] = name.split(':');
  if (key === undefined) return organization.includes(whose) || user.includes(whose);
  return (whose.startsWith('u') ? user : organization).includes(key);
}

/** The owner key of a session; `undefined` for an anonymous caller. */
export function ownerKey(principal: Principal | undefined): string | undefined {
  return principal && principalKey(principal);
}

/** The {@link subjectKey} of an owner. @param owner an {@link ownerKey} */
export function subjectOfOwner(owner: string): string {
  const [issuer, subject]: readonly unknown[] = JSON.parse(owner);
  return JSON.stringify([issuer, subject]);
}

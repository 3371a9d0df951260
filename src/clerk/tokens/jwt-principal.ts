import { signedInAuthObject } from '@clerk/backend/internal';
import type {
  Principal,
  PrincipalOrganization,
  Entitlements,
  DelegationActor,
} from '../../request/principal.js';
import { omitUndefined, type JsonObject, isJsonObject } from '../../request/json-object.js';
import type { TokenType } from './classify.js';
import { invalidToken } from './token-refusals.js';

/** Creates the principal of a verified JWT. */
export function principalOfJwt(
  kind: TokenType,
  claims: JsonObject,
  session: SessionOrganization | undefined,
): Principal {
  const { sub, iss, exp, iat, sid, act, org_id: orgId } = claims;
  // In a machine token these are custom claims, which the machine chose itself.
  const isMachine = kind === 'm2m_token';
  const organization = session
    ? omitUndefined(session)
    : organizationIn(isMachine ? undefined : orgId);
  return omitUndefined({
    tokenType: kind,
    issuer: String(iss),
    subject: String(sub),
    userId: isMachine ? undefined : String(sub),
    clientId: isMachine ? undefined : clientOf(kind, claims),
    sessionId: kind === 'session_token' ? String(sid) : undefined,
    organization,
    scopes: kind === 'oauth_token' ? scopesIn(claims) : undefined,
    ...(kind === 'session_token' && sessionFactsIn(claims)),
    ...actingPartyOf(kind, act),
    issuedAt: typeof iat === 'number' ? iat * 1000 : undefined,
    expiresAt: Number(exp) * 1000,
    claims,
  });
}

/** Scopes of an OAuth access token: `scp`, or `scope` of RFC 9068 as one string. */
function scopesIn({ scp, scope }: JsonObject): readonly string[] {
  const listed = [scp ?? scope ?? []].flat().filter((value) => typeof value === 'string');
  return [...new Set(listed.flatMap((value) => value.split(' ')).filter(Boolean))];
}

function clientOf(kind: TokenType, { client_id: clientId, aud }: JsonObject): string | undefined {
  const client = kind === 'id_token' ? [aud].flat()[0] : clientId;
  return typeof client === 'string' && client !== '' ? client : undefined;
}

function organizationIn(orgId: unknown): PrincipalOrganization | undefined {
  return typeof orgId === 'string' && orgId.startsWith('org_') ? { id: orgId } : undefined;
}

/** Billing and verification claims of a session token (v2). */
export function sessionFactsIn({
  fea,
  pla,
  fva,
}: JsonObject): Pick<Principal, 'features' | 'plans' | 'factorAges'> {
  return omitUndefined({
    features: entitlementsIn(fea),
    plans: entitlementsIn(pla),
    factorAges: factorAgesIn(fva),
  });
}

/** `o:dashboard,u:export,ou:both`. The claim is ignored if one element is malformed. */
function entitlementsIn(claim: unknown): Entitlements | undefined {
  if (typeof claim !== 'string') return undefined;
  const organization: string[] = [];
  const user: string[] = [];
  for (const element of claim.split(',')) {
    const trimmed = element.trim();
    const colon = trimmed.indexOf(':');
    if (colon === -1) return undefined;
    const [owner, name] = [trimmed.slice(0, colon), trimmed.slice(colon + 1)];
    if (owner === 'o' || owner === 'ou' || owner === 'uo') organization.push(name);
    if (owner === 'u' || owner === 'ou' || owner === 'uo') user.push(name);
  }
  return { organization, user };
}

/** Minutes since the first and the second factor were verified; -1 for one not enrolled. */
function factorAgesIn(claim: unknown): readonly [number, number] | undefined {
  if (!Array.isArray(claim) || claim.length !== 2) return undefined;
  const [first, second]: unknown[] = claim;
  return isAge(first) && isAge(second) ? [first, second] : undefined;
}

function isAge(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && (value === -1 || value >= 0);
}

/**
 * The active organization in the verified claims of a session, version 1 or 2. The SDK decodes them.
 *
 * @throws {AccessRefusedError} `invalid_token` if the claim is malformed
 */
export function sessionOrganizationIn(claims: JsonObject): SessionOrganization | undefined {
  // Most sessions have none, and the SDK object is expensive to create.
  if (!(claims['v'] === 2 ? claims['o'] : claims['org_id'])) return undefined;
  const { orgId, orgSlug, orgRole, orgPermissions } = authObjectOf(claims);
  if (!orgId) return undefined;
  return {
    id: orgId,
    slug: orgSlug ?? undefined,
    role: orgRole ?? undefined,
    permissions: orgPermissions ?? undefined,
  };
}

/** The active organization of a session. */
interface SessionOrganization {
  readonly id: string;
  readonly slug: string | undefined;
  readonly role: string | undefined;
  readonly permissions: readonly string[] | undefined;
}

function authObjectOf(claims: JsonObject) {
  try {
    // The SDK needs the token only for `getToken()`.
    return signedInAuthObject({}, '', claims as Parameters<typeof signedInAuthObject>[2]);
  } catch {
    throw invalidToken('The access token could not be verified.');
  }
}

/**
 * The actor in the `act` claim. In session tokens it is the impersonator; in other tokens it is the actor
 * chain of a token exchange, RFC 8693 §4.1.
 *
 * @param act the claim; any value except `null` and `undefined` means that there is an actor
 */
export function actingPartyOf(
  kind: TokenType,
  act: unknown,
): Pick<Principal, 'actor' | 'delegation'> {
  if (act === undefined || act === null) return {};
  return OF_SESSIONS.has(kind) ? { actor: idOf(act) } : { delegation: chainOf(act) };
}

/** Kinds of token that belong to a session, where `act` names the impersonator. */
const OF_SESSIONS: ReadonlySet<TokenType> = new Set(['session_token', 'jwt_template', 'id_token']);

/** Only the outermost actor is used in decisions, RFC 8693 §4.1; the others are for the audit. */
const MAX_ACTORS = 8;

function chainOf(act: unknown): readonly DelegationActor[] {
  const actors: DelegationActor[] = [];
  let current = act;
  while (current !== undefined && current !== null && actors.length < MAX_ACTORS) {
    const { iss, act: earlier }: Record<string, unknown> = isJsonObject(current) ? current : {};
    const issuer = typeof iss === 'string' && iss !== '' ? iss : undefined;
    actors.push({ subject: idOf(current), ...(issuer !== undefined && { issuer }) });
    current = earlier;
  }
  return actors;
}

/** An actor without `sub` is still an actor. */
function idOf(act: unknown): string {
  const sub = isJsonObject(act) ? act['sub'] : undefined;
  return typeof sub === 'string' && sub !== '' ? sub : 'unknown';
}

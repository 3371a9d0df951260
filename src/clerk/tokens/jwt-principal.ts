import type { Principal, PrincipalOrganization } from '../../access/principal.js';
import { defined } from '../defined.js';
import type { JsonObject } from '../json-object.js';
import { actingPartyOf } from './acting-party.js';
import { sessionFactsIn } from './session-facts.js';
import type { SessionOrganization } from './session-organization.js';
import type { TokenType } from './token-type.js';

/** The principal that a verified JWT speaks for. */
export function principalOfJwt(
  kind: TokenType,
  claims: JsonObject,
  session: SessionOrganization | undefined,
): Principal {
  const { sub, iss, exp, iat, sid, act, org_id: orgId } = claims;
  const organization = session ? defined(session) : organizationIn(orgId);
  return defined({
    tokenType: kind,
    issuer: String(iss),
    subject: String(sub),
    userId: kind === 'm2m_token' ? undefined : String(sub),
    clientId: clientOf(kind, claims),
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

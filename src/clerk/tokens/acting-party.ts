import type { DelegationActor, Principal } from '../../access/principal.js';
import { isJsonObject } from '../json-object.js';
import type { TokenType } from './token-type.js';

/**
 * Who acts for the subject, by the `act` claim. On a token of a user's session it is Clerk's
 * impersonation. On any other token it is the actor chain of a token exchange, RFC 8693 §4.1.
 *
 * @param act the claim; anything but `null` and `undefined` means that somebody acts
 */
export function actingPartyOf(
  kind: TokenType,
  act: unknown,
): Pick<Principal, 'actor' | 'delegation'> {
  if (act === undefined || act === null) return {};
  return OF_SESSIONS.has(kind) ? { actor: idOf(act) } : { delegation: chainOf(act) };
}

/** Kinds that speak of a session, where `act` names the impersonator. */
const OF_SESSIONS: ReadonlySet<TokenType> = new Set(['session_token', 'jwt_template', 'id_token']);

/** Only the outermost actor counts, RFC 8693 §4.1; those before it are kept for the record. */
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

/** Somebody who is not named still acts. */
function idOf(act: unknown): string {
  const sub = isJsonObject(act) ? act['sub'] : undefined;
  return typeof sub === 'string' && sub !== '' ? sub : 'unknown';
}

import type { JsonObject } from '../../request/json-object.js';
import type { ResolvedClerkOptions } from '../resolved-clerk-options.js';
import { acceptsAudience } from '../audiences.js';
import { invalidToken, wrongAudience } from './token-refusals.js';
import { type DecodedJwt, SESSION_CATEGORY, type TokenType } from './classify.js';
import { checkMachine, machinesIn } from './check-machine.js';

/**
 * Checks the claims of a JWT with a valid signature, by the rules of its kind.
 *
 * @throws {AccessRefusedError} `invalid_token`
 */
export function checkClaims(
  kind: TokenType,
  { header, claims }: DecodedJwt,
  options: Pick<
    ResolvedClerkOptions,
    | 'audiences'
    | 'audience'
    | 'sessionAudiences'
    | 'authorizedParties'
    | 'idTokenClientIds'
    | 'machineId'
    | 'machineSecretKey'
  >,
): void {
  const { aud } = claims;
  switch (kind) {
    case 'session_token':
      checkSubject(claims, 'user_');
      checkSession(claims);
      checkAuthorizedParty(claims, options.authorizedParties);
      return checkSessionAudience(aud, header['cat'], options);
    case 'jwt_template':
      checkSubject(claims, 'user_');
      checkAuthorizedParty(claims, options.authorizedParties);
      return checkResource(aud, options.audiences, true);
    case 'id_token':
      checkSubject(claims, 'user_');
      return checkAudience(aud, { accepted: options.idTokenClientIds, mayBeMissing: false });
    case 'oauth_token':
      checkSubject(claims, 'user_');
      return checkResource(aud, options.audiences, options.audience === 'foreign-only');
    case 'm2m_token':
      checkSubject(claims, 'mch_');
      checkMachineAudience(aud, options.audiences);
      return checkMachine(machinesIn(claims), 'not_asked', options);
    case 'api_key':
      throw invalidToken('This kind of token is not accepted here.');
  }
}

function checkSubject({ sub }: JsonObject, prefix: string): void {
  if (typeof sub === 'string' && sub.startsWith(prefix) && SUBJECT.test(sub)) return;
  throw invalidToken('The subject of the access token is not of a known kind.');
}

function checkSession({ sid }: JsonObject): void {
  if (typeof sid === 'string' && sid !== '') return;
  throw invalidToken('The session token belongs to no session.');
}

/** The claim names the site that the token was issued for. */
function checkAuthorizedParty({ azp }: JsonObject, authorizedParties: readonly string[]): void {
  if (authorizedParties.length === 0) return;
  if (typeof azp === 'string' && authorizedParties.includes(azp)) return;
  throw invalidToken('The session token was made for another site.');
}

const SUBJECT = /^(?:user|mch)_\w+$/;

/**
 * The `aud` of a session token is a custom claim, so it is checked against the configured values alone. Without
 * the category of session tokens it may be an id_token, which must not pass.
 */
function checkSessionAudience(
  aud: unknown,
  category: unknown,
  { audiences, sessionAudiences }: Pick<ResolvedClerkOptions, 'audiences' | 'sessionAudiences'>,
): void {
  if (sessionAudiences.length > 0) {
    return checkAudience(aud, { accepted: sessionAudiences, mayBeMissing: true });
  }
  if (category === SESSION_CATEGORY) return;
  checkResource(aud, audiences, true);
}

/** The `aud` of a machine token is a custom claim as well. By convention it names machines or resources. */
function checkMachineAudience(aud: unknown, audiences: readonly string[]): void {
  checkResource(aud, [...audiences, ...machinesIn({ aud })], true);
}

/**
 * Checks that a token is for a protected resource. A token for another one is always refused.
 *
 * @param accepted audiences of the resource, in normal form
 * @param mayBeMissing whether a token without `aud` is accepted
 * @throws {WrongAudienceError}
 */
export function checkResource(
  aud: unknown,
  accepted: readonly string[],
  mayBeMissing: boolean,
): void {
  const names = namesIn(aud);
  if (names.length === 0 && mayBeMissing) return;
  if (isText(names) && names.some((name) => acceptsAudience(accepted, name))) return;
  throw wrongAudience(aud, names.length === 0);
}

/** Checks an `aud` that names no resource. Values are compared as they are. */
function checkAudience(aud: unknown, { accepted, mayBeMissing }: AudienceRule): void {
  const names = namesIn(aud);
  if (names.length === 0) {
    if (mayBeMissing) return;
    throw invalidToken('The token names no audience.');
  }
  if (!isText(names) || !accepted.some((name) => names.includes(name))) {
    throw invalidToken('The access token was issued for another resource.');
  }
}

/** Rules of {@link checkAudience}. */
interface AudienceRule {
  /** Values of which `aud` must contain one. */
  readonly accepted: readonly string[];
  /** Whether a token without `aud` is accepted. */
  readonly mayBeMissing: boolean;
}

/** The audiences in a claim; empty if there is none. */
function namesIn(aud: unknown): readonly unknown[] {
  if (aud === undefined || aud === null) return [];
  return Array.isArray(aud) ? aud : [aud];
}

/** RFC 7519 §4.1.3: a string or an array of strings. */
function isText(names: readonly unknown[]): names is readonly string[] {
  return names.every((name) => typeof name === 'string' && name !== '');
}

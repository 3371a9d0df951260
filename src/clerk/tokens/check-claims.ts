import type { JsonObject } from '../../request/json-object.js';
import type { ResolvedClerkOptions } from '../resolved-clerk-options.js';
import { invalidToken } from './token-refusals.js';
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
    | 'resource'
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
      return checkAudience(aud, { accepted: [options.resource], mayBeMissing: true });
    case 'id_token':
      checkSubject(claims, 'user_');
      return checkAudience(aud, { accepted: options.idTokenClientIds, mayBeMissing: false });
    case 'oauth_token':
      checkSubject(claims, 'user_');
      return checkAudience(aud, {
        accepted: [options.resource],
        mayBeMissing: options.audience === 'foreign-only',
      });
    case 'm2m_token':
      checkSubject(claims, 'mch_');
      checkMachineAudience(aud, options.resource);
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
  { resource, sessionAudiences }: Pick<ResolvedClerkOptions, 'resource' | 'sessionAudiences'>,
): void {
  if (sessionAudiences.length > 0) {
    return checkAudience(aud, { accepted: sessionAudiences, mayBeMissing: true });
  }
  if (category === SESSION_CATEGORY) return;
  checkAudience(aud, { accepted: [resource], mayBeMissing: true });
}

/** The `aud` of a machine token is a custom claim as well. By convention it names machines or resources. */
function checkMachineAudience(aud: unknown, resource: string): void {
  const machines = machinesIn({ aud });
  checkAudience(aud, { accepted: [resource, ...machines], mayBeMissing: true });
}

/**
 * Checks the audience of a token. A token for another audience is always refused.
 *
 * @throws {AccessRefusedError} `invalid_token`
 */
export function checkAudience(aud: unknown, rule: AudienceRule): void {
  const names: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  const named = aud === undefined || aud === null ? [] : names;
  if (named.length === 0) {
    if (rule.mayBeMissing) return;
    throw invalidToken(
      'The access token names no audience. Ask for it with the "resource" parameter of RFC 8707.',
    );
  }
  // RFC 7519 §4.1.3: a string or an array of strings.
  const isList = named.every((name) => typeof name === 'string' && name !== '');
  if (!isList || !rule.accepted.some((accepted) => named.includes(accepted))) {
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

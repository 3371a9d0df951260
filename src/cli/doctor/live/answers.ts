import type { LiveFacts } from './findings.js';

/** A question about Clerk that its documentation leaves open, and what this instance answered. */
export interface Answer {
  readonly question: string;
  readonly answer: string;
}

/** The answers to every open question; one that was not seen says so. */
export function answersOf(facts: LiveFacts): readonly Answer[] {
  return QUESTIONS.map(([question, answer]) => ({ question, answer: answer(facts) ?? NOT_SEEN }));
}

export const NOT_SEEN = 'not seen in this run';

type Reading = (facts: LiveFacts) => string | undefined;

const QUESTIONS: readonly (readonly [question: string, answer: Reading])[] = [
  [
    'Do id_tokens and access tokens have the header cat?',
    ({ idToken, accessToken }) =>
      join([
        idToken && `id_token: ${yes(idToken.cat)}`,
        accessToken &&
          `access token: ${accessToken.format === 'jwt' ? yes(accessToken.cat) : 'opaque'}`,
      ]),
  ],
  [
    'What does the verification of a revoked access token answer, and in which unit is expiration?',
    ({ verification, accessToken }) =>
      verification &&
      join([
        accessToken && `token: ${accessToken.format}`,
        verification.before && `before: ${verification.before}`,
        verification.revocation && `revocation: ${verification.revocation}`,
        verification.afterRevocation && `after: ${verification.afterRevocation}`,
        verification.unit && `expiration in ${verification.unit}`,
      ]),
  ],
  [
    'Are refresh tokens replaced, does a replaced one still work, and is offline_access needed?',
    ({ refresh, refreshWithoutOfflineAccess }) =>
      join([
        refresh && `replaced: ${yes(refresh.rotates)}`,
        refresh?.replay && `replay: ${refresh.replay}`,
        refresh?.graceAtLeastMs !== undefined && `still works after ${refresh.graceAtLeastMs} ms`,
        refresh?.graceBelowMs !== undefined && `no longer after ${refresh.graceBelowMs} ms`,
        refresh?.replayRevokesGrant !== undefined &&
          `a replay revokes the grant: ${yes(refresh.replayRevokesGrant)}`,
        refreshWithoutOfflineAccess !== undefined &&
          `refresh token without offline_access: ${yes(refreshWithoutOfflineAccess)}`,
      ]),
  ],
  [
    'Does the token endpoint accept JSON?',
    ({ jsonTokenRequest: json, invalidGrant }) =>
      json &&
      // The request has a wrong refresh token: only a server that has read it can say invalid_grant.
      `${json.error === 'invalid_grant' && invalidGrant?.error === 'invalid_grant' ? 'it reads JSON' : 'no'} (${json.status} ${json.error})`,
  ],
  [
    'Which form has aud, and what happens to a resource that is not registered?',
    ({ audience, accessToken, unregisteredResource }) =>
      join([
        audience &&
          `aud${accessToken?.format === 'opaque' ? ' in the verification' : ''}: ${audience}`,
        unregisteredResource && `unregistered resource: ${unregisteredResource}`,
      ]),
  ],
  [
    'Do access tokens have scp or scope, and which other claims?',
    ({ scopeClaim, accessToken }) =>
      accessToken?.format === 'opaque'
        ? 'the access token is opaque'
        : scopeClaim && `${scopeClaim}; claims: ${accessToken?.claims.join(' ')}`,
  ],
  [
    'Is iss in the authorization response (RFC 9207)?',
    ({ issuerInResponse, metadata }) =>
      issuerInResponse &&
      `${issuerInResponse}; advertised: ${metadata ? yes(metadata.issAdvertised) : NOT_SEEN}`,
  ],
  [
    'Does a loopback redirect URI match with another port?',
    ({ redirects }) => redirects && join(Object.entries(redirects).map((one) => one.join(': '))),
  ],
  [
    'Which status has invalid_grant?',
    ({ invalidGrant }) => invalidGrant && `${invalidGrant.status} ${invalidGrant.error}`,
  ],
  [
    'Does userinfo accept a token that is bound to an audience?',
    ({ userinfo }) =>
      userinfo &&
      (userinfo.boundToken
        ? `${yes(userinfo.status === 200)} (${userinfo.status})`
        : `not seen: the token has no audience (${userinfo.status})`),
  ],
  [
    'Which scopes does a registered client hold, and can it get custom ones?',
    ({ registration, clientMetadata }) =>
      join([
        registration?.withoutScope && `without scope: ${holds(registration.withoutScope)}`,
        registration?.withScope &&
          `for ${registration.withScope.asked.join(' ')}: ${holds(registration.withScope)}`,
        registration?.customScope &&
          `for ${registration.customScope.asked.join(' ')}: ${holds(registration.customScope)}`,
        clientMetadata && `client with a metadata document: ${clientMetadata.scopes.join(' ')}`,
      ]),
  ],
  [
    'What happens to scopes beyond the registration, user:org:read (and its organization) among them?',
    ({ stepUp, organization }) =>
      join([
        ...Object.entries(stepUp ?? {}).map((one) => one.join(': ')),
        organization && `with a registration for it: ${organization}`,
      ]),
  ],
];

function holds(fact: { readonly holds?: readonly string[]; readonly error?: string }): string {
  return fact.holds ? fact.holds.join(' ') || 'none' : (fact.error ?? NOT_SEEN);
}

function yes(value: boolean | undefined): string {
  return value ? 'yes' : 'no';
}

function join(parts: readonly (string | false | undefined)[]): string | undefined {
  const given = parts.filter(Boolean);
  return given.length > 0 ? given.join('; ') : undefined;
}

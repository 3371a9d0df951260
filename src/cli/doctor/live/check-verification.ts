import { ok, warning } from '../report.js';
import { decodeJwt } from '../../../clerk/tokens/classify.js';
import type { ProbeResult } from '../../probe.js';
import type { Tokens } from './authorization.js';
import { verifyAtClerk } from './check-sign-in.js';
import type { Findings } from './findings.js';
import { bodyOf, errorOf, type LiveInstance } from './live-instance.js';

/** Asks userinfo with an access token, preferably one that is bound to an audience. */
export async function checkUserinfo(
  instance: LiveInstance,
  findings: Findings,
  { accessToken }: Tokens,
): Promise<void> {
  const answer = await instance.frontend('/oauth/userinfo', {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  const body = bodyOf(answer);
  instance.secrets.keep(...Object.values(body));
  if (!('status' in answer) || answer.status === 429 || answer.status >= 500) {
    findings.missed('Userinfo did not answer.', 'userinfoAcceptsAudience');
    const cure = 'Run the check again when the instance answers.';
    findings.add(warning('live-userinfo', `Userinfo: ${errorOf(answer)}`, cure));
    return;
  }
  const { audience } = findings.facts;
  const boundToken = audience === 'string' || audience === 'array';
  const isAccepted = answer.status === 200;
  const claims = isAccepted ? Object.keys(body).slice(0, MAX_CLAIMS) : [];
  findings.facts.userinfo = { status: answer.status, claims, boundToken };
  if (boundToken) findings.saw({ userinfoAcceptsAudience: isAccepted });
  const token = `a token ${boundToken ? 'with' : 'without'} audience`;
  findings.add(
    isAccepted
      ? ok('live-userinfo', `Userinfo accepts ${token}`)
      : warning(
          'live-userinfo',
          `Userinfo refuses ${token} (${answer.status} ${errorOf(answer)})`,
          'Read the user through the Backend API instead.',
        ),
  );
}

const MAX_CLAIMS = 50;

/** Verifies an access token at the Backend API, revokes it, and verifies it again. */
export async function checkVerification(
  instance: LiveInstance,
  findings: Findings,
  tokens: Tokens,
): Promise<void> {
  const { accessToken } = tokens;
  const facts: NonNullable<Findings['facts']['verification']> = {};
  findings.facts.verification = facts;
  const before = await verifyAtClerk(instance, accessToken);
  instance.secrets.keep(bodyOf(before)['id'], bodyOf(before)['subject']);
  facts.before = verdictOf(before);
  const { expiration } = bodyOf(before);
  if (typeof expiration === 'number') facts.unit = expiration < 1e12 ? 'seconds' : 'milliseconds';
  const isJwt = decodeJwt(accessToken) !== undefined;
  const revocation = await revokeToken(instance, tokens);
  const isRevoked = 'status' in revocation && revocation.status === 200;
  facts.revocation = isRevoked ? 'accepted' : errorOf(revocation);
  const after = await verifyAtClerk(instance, accessToken);
  facts.afterRevocation = verdictOf(after);
  const unit = facts.unit === undefined ? '' : `, expiration in ${facts.unit}`;
  findings.add(ok('live-verification', `Clerk verifies the token: ${facts.before}${unit}`));
  if (isJwt) {
    const reason = 'Access tokens are JWTs, which cannot be revoked. Run it with opaque tokens.';
    findings.missed(reason, 'staleAccessTokens');
    findings.add(ok('live-revocation', `The revocation of a JWT: ${facts.revocation}`));
    return;
  }
  const stale = isRevoked ? STALE.get(facts.afterRevocation) : undefined;
  if (stale !== undefined) findings.saw({ staleAccessTokens: stale });
  else
    findings.missed(`Verification after revocation: ${facts.afterRevocation}`, 'staleAccessTokens');
  const message = `Clerk verifies the revoked token: ${facts.afterRevocation}`;
  findings.add(
    stale === undefined
      ? warning('live-revocation', message, 'Tokens stay usable after their revocation.')
      : ok('live-revocation', message),
  );
}

/** Revokes an access token, as its client (RFC 7009). */
export function revokeToken(
  instance: LiveInstance,
  { clientId, accessToken }: Tokens,
): Promise<ProbeResult> {
  return instance.frontend('/oauth/token/revoke', {
    method: 'POST',
    body: new URLSearchParams({ client_id: clientId, token: accessToken }),
  });
}

const STALE = new Map([
  ['200 with revoked:true', 'flagged'],
  ['404', 'not_found'],
  ['200 with active:false', 'inactive'],
] as const) as ReadonlyMap<string, 'flagged' | 'not_found' | 'inactive'>;

function verdictOf(answer: ProbeResult): string {
  if (!('status' in answer)) return answer.failure;
  if (answer.status === 404) return '404';
  if (answer.status !== 200) return `${answer.status} ${errorOf(answer)}`;
  const { active, revoked, expired } = bodyOf(answer);
  if (active === false) return '200 with active:false';
  if (revoked === true) return '200 with revoked:true';
  return expired === true ? '200 with expired:true' : '200';
}

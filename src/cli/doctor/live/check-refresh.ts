import { ok, warning } from '../report.js';
import { type Tokens, tokensOf } from './authorization.js';
import { audienceOf } from './check-sign-in.js';
import type { Findings } from './findings.js';
import { errorOf, type LiveInstance } from './live-instance.js';

/** Refreshes tokens, and replays the refresh token that the refresh replaced. */
export async function checkRefresh(
  instance: LiveInstance,
  findings: Findings,
  tokens: Tokens,
  wait: (duration: number) => Promise<void>,
): Promise<Tokens | undefined> {
  const { refreshToken: first } = tokens;
  if (first === undefined) {
    findings.missed('The sign-in brought no refresh token.', ...REFRESH_SWITCHES);
    const cure = 'Allow offline_access for the OAuth applications of the instance.';
    findings.add(warning('live-refresh', 'There is no refresh token with offline_access', cure));
    return undefined;
  }
  const answer = await refresh(instance, tokens.clientId, first);
  const renewed = tokensOf(tokens.clientId, answer);
  if (!renewed) {
    findings.missed('The refresh was refused.', ...REFRESH_SWITCHES);
    const cure = 'Run the check again; read the log of the instance in the dashboard.';
    findings.add(warning('live-refresh', `The refresh got ${errorOf(answer)}`, cure));
    return undefined;
  }
  const rotates = renewed.refreshToken !== undefined && renewed.refreshToken !== first;
  const audienceKept = await readAudience(instance, findings, renewed);
  findings.saw({ rotateRefreshTokens: rotates });
  const replayed = rotates
    ? await checkReplay(instance, findings, { tokens, renewed, wait })
    : findings.missed('Refresh tokens are not replaced.', 'refreshTokenGraceMs');
  findings.facts.refresh = { rotates, ...audienceKept, ...replayed };
  const how = rotates ? 'replaces the refresh token' : 'keeps the refresh token';
  findings.add(ok('live-refresh', `A refresh ${how}`));
  return renewed;
}

const REFRESH_SWITCHES = [
  'rotateRefreshTokens',
  'refreshTokenGraceMs',
  'audienceAfterRefresh',
] as const;

async function readAudience(instance: LiveInstance, findings: Findings, renewed: Tokens) {
  if (findings.facts.audience === undefined || findings.facts.audience === 'none') return {};
  const audienceKept = (await audienceOf(instance, renewed.accessToken)) !== undefined;
  findings.saw({ audienceAfterRefresh: audienceKept });
  const name = 'live-refresh-audience';
  if (audienceKept) findings.add(ok(name, 'The refreshed access token keeps the audience'));
  else {
    const cure = 'A server that requires the audience refuses refreshed tokens: sign in again.';
    findings.add(warning(name, 'The refreshed access token has no audience', cure));
  }
  return { audienceKept };
}

/** Replays the replaced refresh token until it is refused. The first refusal may revoke the grant. */
async function checkReplay(
  instance: LiveInstance,
  findings: Findings,
  run: {
    readonly tokens: Tokens;
    readonly renewed: Tokens;
    readonly wait: (duration: number) => Promise<void>;
  },
) {
  const { clientId, refreshToken: replaced = '' } = run.tokens;
  let newest = run.renewed.refreshToken ?? '';
  let worked: Step | undefined;
  for (const step of STEPS) {
    await run.wait(step.at - (worked?.at ?? 0));
    const answer = await refresh(instance, clientId, replaced);
    const again = tokensOf(clientId, answer);
    if (again) {
      newest = again.refreshToken ?? newest;
      worked = step;
      continue;
    }
    const error = errorOf(answer);
    if (!('status' in answer) || error !== 'invalid_grant') {
      findings.missed(`A replayed refresh token got ${error}.`, 'refreshTokenGraceMs');
      return { replay: error };
    }
    findings.saw({ refreshTokenGraceMs: worked?.graceMs ?? 0 });
    const isRevoked = !tokensOf(clientId, await refresh(instance, clientId, newest));
    const after = worked ? `between ${worked.at} and ${step.at} ms` : 'at once';
    const rest = isRevoked ? 'revokes the grant' : 'leaves the grant';
    const message = `A replaced refresh token is refused ${after} (${answer.status} ${error}); that ${rest}`;
    findings.add(ok('live-replay', message));
    return {
      replay: `${answer.status} ${error}`,
      replayRevokesGrant: isRevoked,
      ...(worked && { graceAtLeastMs: worked.at, graceBelowMs: step.at }),
    };
  }
  const { at, graceMs } = worked ?? LONGEST;
  findings.saw({ refreshTokenGraceMs: graceMs });
  const cure = 'A stolen refresh token stays usable: expect this of the instance.';
  findings.add(warning('live-replay', `A replaced refresh token still works after ${at} ms`, cure));
  return { replay: 'accepted', graceAtLeastMs: at };
}

/** A moment after the rotation, and the usual grace that has not ended then but has at the next one. */
interface Step {
  /** Milliseconds. */
  readonly at: number;
  readonly graceMs: number;
}

const LONGEST: Step = { at: 54_000, graceMs: 60_000 };
const STEPS: readonly Step[] = [
  { at: 0, graceMs: 1_000 },
  { at: 4_500, graceMs: 5_000 },
  { at: 9_000, graceMs: 10_000 },
  { at: 27_000, graceMs: 30_000 },
  LONGEST,
];

function refresh(instance: LiveInstance, clientId: string, refreshToken: string) {
  return instance.token(clientId, { grant_type: 'refresh_token', refresh_token: refreshToken });
}

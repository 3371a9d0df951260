import { decodeJwt } from '../../../clerk/tokens/classify.js';
import { ok } from '../report.js';
import { knock } from './authorization.js';
import { attempt, scopesIn, type SignIn, type SignInSetup } from './check-sign-in.js';
import type { Findings } from './findings.js';
import type { LiveInstance } from './live-instance.js';

/** Asks for scopes that a client did not register (step-up). */
export async function checkStepUp(
  instance: LiveInstance,
  findings: Findings,
  setup: SignInSetup,
): Promise<void> {
  const results: Record<string, string> = {};
  const open: string[] = [];
  for (const scope of BEYOND) {
    const answer = await knock(instance, { ...withoutResource(setup), scope: `profile ${scope}` });
    results[scope] = answer.outcome === 'accepted' ? 'not refused' : answer.error;
    if (answer.outcome === 'accepted') open.push(scope);
  }
  if (open.length > 0) {
    const outcome = await attempt(instance, setup, { scope: ['profile', ...open].join(' ') });
    for (const scope of open) results[scope] = stepUpResult(outcome, scope);
  }
  findings.facts.stepUp = results;
  const list = BEYOND.map((scope) => `${scope}: ${results[scope]}`).join(', ');
  findings.add(ok('live-step-up', `Scopes beyond the registration of a client: ${list}`));
}

/** Scopes of the application that {@link checkStepUp} uses. */
export const STEP_UP_SCOPES = 'profile email';
const BEYOND = ['public_metadata', 'user:org:read'] as const;

function stepUpResult(outcome: SignIn, scope: string): string {
  if ('error' in outcome) return outcome.error;
  const { tokens } = outcome;
  const jwt = decodeJwt(tokens.accessToken);
  const granted = tokens.scopes ?? scopesIn(jwt?.claims ?? {}) ?? [];
  if (!granted.includes(scope)) return 'left out';
  const isOrganization = scope === 'user:org:read' && jwt?.claims['org_id'] !== undefined;
  return isOrganization ? 'granted, with an organization' : 'granted';
}

function withoutResource({ clientId, redirectUri }: SignInSetup) {
  return { clientId, redirectUri };
}

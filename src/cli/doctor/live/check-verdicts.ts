import type { ClerkAuthOptions } from '../../../clerk/clerk-auth.options.js';
import type { ResolvedClerkOptions } from '../../../clerk/resolved-clerk-options.js';
import { createClient } from '../../../clerk/api/clerk.client.js';
import { withDeadline } from '../../../clerk/api/json-request.js';
import { verifyToken } from '../../verify-token.js';
import { ok, warning } from '../report.js';
import type { Findings } from './findings.js';

/** Compares the verdict of this package on tokens with the one of `@clerk/backend`. */
export async function checkVerdicts(
  findings: Findings,
  { options, clerk }: { readonly options: ClerkAuthOptions; readonly clerk: ResolvedClerkOptions },
  tokens: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const verdicts: Record<string, { readonly ours: string; readonly sdk: string }> = {};
  for (const [name, token] of Object.entries(tokens)) {
    if (token === undefined) continue;
    const ours = await ourVerdict(token, options);
    verdicts[name] = { ours, sdk: await sdkVerdict(token, clerk) };
  }
  findings.facts.verdicts = { ...findings.facts.verdicts, ...verdicts };
  for (const [name, { ours, sdk }] of Object.entries(verdicts)) {
    const message = `${name}: this package ${ours}, @clerk/backend ${sdk}`;
    const isDeliberate = ours === 'refuses' && sdk === 'accepts';
    const agrees = ours === sdk;
    findings.add(
      agrees || isDeliberate
        ? ok('live-verdict', agrees ? message : `${message}. This package is the stricter one`)
        : warning('live-verdict', message, 'Please report this difference.'),
    );
  }
}

async function ourVerdict(token: string, options: ClerkAuthOptions): Promise<string> {
  const strict: ClerkAuthOptions = {
    ...options,
    acceptedTokens: ['oauth_token'],
    audience: 'required',
  };
  const { principal, refusal } = await verifyToken(token, strict);
  if (principal) return 'accepts';
  return refusal.reason === 'unavailable' || refusal.reason === 'misconfigured'
    ? 'cannot verify'
    : 'refuses';
}

async function sdkVerdict(token: string, clerk: ResolvedClerkOptions): Promise<string> {
  const request = new Request(clerk.resource, { headers: { authorization: `Bearer ${token}` } });
  try {
    const state = await withDeadline(
      createClient(clerk).authenticateRequest(request, {
        acceptsToken: 'oauth_token',
        audience: clerk.resource,
      }),
      TIMEOUT,
    );
    return state.isAuthenticated ? 'accepts' : 'refuses';
  } catch {
    return 'cannot verify';
  }
}

/** Milliseconds. */
const TIMEOUT = 15_000;

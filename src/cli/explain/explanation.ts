import type { INestApplicationContext } from '@nestjs/common';
import { AccessControl, type ExplainedDecision } from '../../access/access-control.js';
import type { AccessRule } from '../../access/access-rule.js';
import type { Principal } from '../../request/principal.js';
import { RefusalResponder } from '../../access/refusal-responder.js';
import type { Refusal } from '../../access/refusal.js';
import { TokenAuthenticator } from '../../request/authentication.js';
import { describeRefusal, verdictOf } from '../verify-token.js';
import { UsageError } from '../command-line.js';
import { describeRequirement } from './describe-requirement.js';
import type { FoundEntry } from './find-entry.js';

/** Why a caller may or may not use an entry. Nothing of the token, nothing personal. */
export interface Explanation {
  readonly allowed: boolean;
  readonly entry: string;
  /** Where the entry is written, such as `DemoService.echo`. */
  readonly source: string;
  /** What the rule is, in words. */
  readonly rule: string;
  /** What the credential is; `null` for an anonymous caller and for one that is refused. */
  readonly caller: Readonly<Record<string, unknown>> | null;
  /** Condition by condition. */
  readonly conditions: readonly {
    readonly condition: string;
    readonly holds: boolean;
    readonly reason?: string;
  }[];
  /** Why not, what to do, and how it reads on the wire. */
  readonly refusal?: {
    readonly reason: Refusal['reason'];
    readonly message: string;
    readonly cure: string;
    readonly status?: number;
  };
}

/** @param token `undefined` for an anonymous caller */
export async function explainAccess(
  app: INestApplicationContext,
  { entry, path }: FoundEntry,
  token: string | undefined,
): Promise<Explanation> {
  const about = { entry: entry.key, source: entry.source, rule: describeRule(entry.access) };
  const verdict =
    token === undefined ? undefined : await verdictOf(authenticatorOf(app), token, path);
  if (verdict?.refusal) {
    const refusal = explainRefusal(app, verdict.refusal, path);
    return { allowed: false, ...about, caller: null, conditions: [], refusal };
  }
  const control = app.get(AccessControl, { strict: false });
  const { decision, requirements } = await control.explain(entry.access, verdict?.principal);
  return {
    allowed: decision.allowed,
    ...about,
    caller: verdict?.principal ? describeCaller(verdict.principal) : null,
    conditions: requirements.map(condition),
    ...(decision.refusal && { refusal: explainRefusal(app, decision.refusal, path) }),
  };
}

function authenticatorOf(app: INestApplicationContext): TokenAuthenticator {
  try {
    return app.get(TokenAuthenticator, { strict: false });
  } catch {
    throw new UsageError('The application has no ClerkAuthModule, so nobody can verify a token.');
  }
}

function describeRule(rule: AccessRule): string {
  if (rule.kind === 'public') return 'everybody may use it';
  const conditions = rule.requirements.map(describeRequirement);
  const always = rule.verifyAlways ? ', verified anew for each call' : '';
  return `whoever is signed in${always}${conditions.map((one) => `, with ${one}`).join('')}`;
}

function condition({ requirement, refusal }: ExplainedDecision['requirements'][number]) {
  const said = { condition: describeRequirement(requirement), holds: refusal === undefined };
  return refusal ? { ...said, reason: describeRefusal(refusal)[0] } : said;
}

function describeCaller(principal: Principal): Readonly<Record<string, unknown>> {
  const { tokenType, issuer, scopes, organization, factorAges, actor, expiresAt } = principal;
  return {
    tokenType,
    issuer,
    ...(scopes && { scopes }),
    ...(organization && { organization }),
    ...(factorAges && { factorAges }),
    ...(actor !== undefined && { impersonated: true }),
    ...(Number.isFinite(expiresAt) && { expiresAt: new Date(expiresAt).toISOString() }),
  };
}

function explainRefusal(app: INestApplicationContext, refusal: Refusal, path: string) {
  const [message, cure] = describeRefusal(refusal);
  return { reason: refusal.reason, message, cure, ...statusOf(app, refusal, path) };
}

/** The status of HTTP, which the authentication module knows. */
function statusOf(app: INestApplicationContext, refusal: Refusal, path: string) {
  // A refusal that no token can cure is told in the result of the tool.
  if (refusal.reason === 'forbidden' || refusal.reason === 'reverification') return {};
  const responder = app.get(RefusalResponder, { strict: false });
  return { status: responder.answer(refusal, path).status };
}

/** An explanation for people. */
export function explainReport(explanation: Explanation): string {
  const { allowed, entry, source, rule, caller, conditions, refusal } = explanation;
  return [
    `${allowed ? 'allowed' : 'refused'}  ${entry} (${source})`,
    '',
    `rule      ${rule}`,
    `caller    ${caller ? Object.entries(caller).map(told).join(', ') : nobody(refusal?.reason)}`,
    ...conditions.map(({ condition, holds, reason }) =>
      holds ? `ok        ${condition}` : `failure   ${condition}: ${reason}`,
    ),
    ...(refusal ? ['', `${refusal.message}. ${refusal.cure}`, onTheWire(refusal)] : []),
  ].join('\n');
}

function nobody(reason: string | undefined): string {
  const isAnonymous = reason === undefined || reason === 'unauthenticated';
  return isAnonymous ? 'nobody is signed in' : 'nobody: the token itself is refused';
}

function told([name, value]: readonly [string, unknown]): string {
  return `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`;
}

function onTheWire({ reason, status }: NonNullable<Explanation['refusal']>): string {
  if (status === undefined) return `The client is told in the result of the call (${reason}).`;
  return `The client is told by ${status} (${reason}).`;
}

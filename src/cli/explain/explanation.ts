import type { INestApplicationContext } from '@nestjs/common';
import { AccessControl, type ExplainedDecision } from '../../access/access-control.js';
import type { AccessRule } from '../../access/access-rule.js';
import type { Principal } from '../../request/principal.js';
import { RefusalResponder } from '../../access/refusal-responder.js';
import type { Refusal } from '../../access/refusal.js';
import { TokenAuthenticator } from '../../request/authentication.js';
import { describeRefusal, authenticateToken } from '../verify-token.js';
import { UsageError } from '../command.js';
import { describeRequirement } from './describe-requirement.js';
import type { FoundEntry } from './find-entry.js';

/**
 * Verifies the token and evaluates the access rule of the entry.
 *
 * @param token `undefined` for an anonymous caller
 */
export async function explainAccess(
  app: INestApplicationContext,
  { entry, path }: FoundEntry,
  token: string | undefined,
): Promise<Explanation> {
  const about = { entry: entry.key, source: entry.source, rule: describeRule(entry.access) };
  const result =
    token === undefined ? undefined : await authenticateToken(authenticatorOf(app), token, path);
  if (result?.refusal) {
    const refusal = explainRefusal(app, result.refusal, path);
    return { allowed: false, ...about, caller: null, conditions: [], refusal };
  }
  const control = app.get(AccessControl, { strict: false });
  const { decision, requirements } = await control.explain(entry.access, result?.principal);
  return {
    allowed: decision.allowed,
    ...about,
    caller: result?.principal ? describeCaller(result.principal) : null,
    conditions: requirements.map(condition),
    ...(decision.refusal && { refusal: explainRefusal(app, decision.refusal, path) }),
  };
}

/** Why a caller may or may not use an entry. It contains no part of the token and no profile data. */
interface Explanation {
  readonly allowed: boolean;
  readonly entry: string;
  /** Method of the entry, such as `DemoService.echo`. */
  readonly source: string;
  /** Description of the access rule. */
  readonly rule: string;
  /** Description of the credential; `null` for an anonymous caller and for a refused token. */
  readonly caller: Readonly<Record<string, unknown>> | null;
  /** Each condition of the rule, and whether it holds. */
  readonly conditions: readonly {
    readonly condition: string;
    readonly holds: boolean;
    readonly reason?: string;
  }[];
  /** Reason of the refusal, what to do, and the HTTP status if there is one. */
  readonly refusal?: {
    readonly reason: Refusal['reason'];
    readonly message: string;
    readonly cure: string;
    readonly status?: number;
  };
}

function authenticatorOf(app: INestApplicationContext): TokenAuthenticator {
  try {
    return app.get(TokenAuthenticator, { strict: false });
  } catch {
    throw new UsageError(
      'The application does not import ClerkAuthModule, so it cannot verify a token. Import the module, or pass --anonymous.',
    );
  }
}

function describeRule(rule: AccessRule): string {
  if (rule.kind === 'public') return 'public';
  const conditions = rule.requirements.map(describeRequirement);
  const always = rule.verifyAlways ? ', verified again for each call' : '';
  return `any signed-in caller${always}${conditions.map((one) => `, with ${one}`).join('')}`;
}

function condition({ requirement, refusal }: ExplainedDecision['requirements'][number]) {
  const decided = { condition: describeRequirement(requirement), holds: refusal === undefined };
  return refusal ? { ...decided, reason: describeRefusal(refusal)[0] } : decided;
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

/** The HTTP status of a refusal; none if the refusal is a tool result. */
function statusOf(app: INestApplicationContext, refusal: Refusal, path: string) {
  // The result of the call carries these refusals, because other scopes cannot resolve them.
  if (refusal.reason === 'forbidden' || refusal.reason === 'reverification') return {};
  const responder = app.get(RefusalResponder, { strict: false });
  return { status: responder.answer(refusal, path).status };
}

/** Formats an explanation as text. */
export function explainReport(explanation: Explanation): string {
  const { allowed, entry, source, rule, caller, conditions, refusal } = explanation;
  return [
    `${allowed ? 'allowed' : 'refused'}  ${entry} (${source})`,
    '',
    `rule      ${rule}`,
    `caller    ${caller ? Object.entries(caller).map(describeMember).join(', ') : describeNoCaller(refusal?.reason)}`,
    ...conditions.map(({ condition, holds, reason }) =>
      holds ? `ok        ${condition}` : `failure   ${condition}: ${reason}`,
    ),
    ...(refusal ? ['', `${refusal.message}. ${refusal.cure}`, describeResponse(refusal)] : []),
  ].join('\n');
}

function describeNoCaller(reason: string | undefined): string {
  const isAnonymous = reason === undefined || reason === 'unauthenticated';
  return isAnonymous ? 'not signed in' : 'none, because the token is refused';
}

function describeMember([name, value]: readonly [string, unknown]): string {
  return `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`;
}

function describeResponse({ reason, status }: NonNullable<Explanation['refusal']>): string {
  if (status === undefined) return `The result of the call tells the client (${reason}).`;
  return `The client receives HTTP ${status} (${reason}).`;
}

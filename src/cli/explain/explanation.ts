import type { INestApplicationContext } from '@nestjs/common';
import { AccessControl } from '../../access/access-control.js';
import { authenticateToken } from '../../access/authenticate-token.js';
import { describeRule, explainRefusal, explainRule } from '../../access/explain-rule.js';
import type { ExplainedCondition, ExplainedRefusal } from '../../access/rule-explanation.js';
import type { Principal } from '../../request/principal.js';
import { RefusalResponder } from '../../access/refusal-responder.js';
import type { Refusal } from '../../access/refusal.js';
import { TokenAuthenticator } from '../../request/authentication.js';
import { UsageError } from '../command.js';
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
  const parts = {
    control: app.get(AccessControl, { strict: false }),
    responder: app.get(RefusalResponder, { strict: false }),
    path,
  };
  if (result?.refusal) {
    const refusal = statusOf(explainRefusal(parts, result.refusal));
    return { allowed: false, ...about, caller: null, conditions: [], refusal };
  }
  const { refusal, ...explained } = await explainRule(parts, entry.access, result?.principal);
  return {
    ...about,
    ...explained,
    caller: result?.principal ? describeCaller(result.principal) : null,
    ...(refusal && { refusal: statusOf(refusal) }),
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
  readonly conditions: readonly ExplainedCondition[];
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

/** The explanation of a refusal, with the HTTP status if there is one. */
function statusOf({
  answer,
  scopes: _scopes,
  ...refusal
}: ExplainedRefusal): NonNullable<Explanation['refusal']> {
  return { ...refusal, ...(answer && { status: answer.status }) };
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

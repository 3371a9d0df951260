import { isOutage, type Refusal } from './refusal.js';

/** What one condition came to: nothing where it holds, else why it does not. */
export type Finding = Refusal | undefined;

/**
 * What several conditions come to that must all hold. What nothing can cure comes first, so that
 * nobody is sent to ask for scopes in vain; missing scopes are named together, so that one step-up is
 * enough.
 */
export function combineAll(findings: readonly Finding[]): Finding {
  const final = firstOf(findings, [
    'unauthenticated',
    'token_expired',
    'invalid_token',
    'forbidden',
  ]);
  if (final) return final;
  const outage = outageIn(findings);
  if (outage) return outage;
  const scopes = findings.flatMap((finding) =>
    finding?.reason === 'insufficient_scope' ? finding.scopes : [],
  );
  if (scopes.length > 0) return { reason: 'insufficient_scope', scopes: [...new Set(scopes)] };
  return findings.find((finding) => finding !== undefined);
}

/**
 * What several ways come to of which one is enough: nothing where one is open, else the one that is
 * nearest to be. An outage comes first, since behind it a way may be open.
 */
export function combineAny(findings: readonly Finding[]): Finding {
  if (findings.includes(undefined)) return undefined;
  return (
    outageIn(findings) ??
    firstOf(findings, ['insufficient_scope']) ??
    firstOf(findings, ['reverification']) ??
    findings[0]
  );
}

/** That of the authorization server before that of a policy, which says nothing of other entries. */
function outageIn(findings: readonly Finding[]): Finding {
  return findings.find(isOutage) ?? firstOf(findings, ['unavailable']);
}

function firstOf(findings: readonly Finding[], reasons: readonly Refusal['reason'][]): Finding {
  return findings.find((finding) => finding && reasons.includes(finding.reason));
}

import { isOutage, type Refusal } from './refusal.js';

/**
 * What several conditions come to that must all hold. What nothing can cure comes first, so that
 * nobody is sent to ask for scopes in vain; missing scopes are named together, so that one step-up is
 * enough.
 */
export function combineAll(refusals: readonly (Refusal | undefined)[]): Refusal | undefined {
  const final = firstOf(refusals, [
    'unauthenticated',
    'token_expired',
    'invalid_token',
    'forbidden',
  ]);
  if (final) return final;
  const outage = outageIn(refusals);
  if (outage) return outage;
  const scopes = refusals.flatMap((refusal) =>
    refusal?.reason === 'insufficient_scope' ? refusal.scopes : [],
  );
  if (scopes.length > 0) return { reason: 'insufficient_scope', scopes: [...new Set(scopes)] };
  return refusals.find((refusal) => refusal !== undefined);
}

/**
 * What several ways come to of which one is enough: nothing where one is open, else the one that is
 * nearest to be. An outage comes first, since behind it a way may be open.
 */
export function combineAny(refusals: readonly (Refusal | undefined)[]): Refusal | undefined {
  if (refusals.includes(undefined)) return undefined;
  return (
    outageIn(refusals) ??
    firstOf(refusals, ['insufficient_scope']) ??
    firstOf(refusals, ['reverification']) ??
    refusals[0]
  );
}

/** That of the authorization server before that of a policy, which says nothing of other entries. */
function outageIn(refusals: readonly (Refusal | undefined)[]): Refusal | undefined {
  return refusals.find(isOutage) ?? firstOf(refusals, ['unavailable']);
}

function firstOf(
  refusals: readonly (Refusal | undefined)[],
  reasons: readonly Refusal['reason'][],
): Refusal | undefined {
  return refusals.find((refusal) => refusal && reasons.includes(refusal.reason));
}

import { isOutage, type Refusal } from './refusal.js';

/**
 * Combines the results of requirements that must all be met. A final refusal comes first, so that no
 * client requests scopes in vain. Missing scopes are merged, so that one step-up is enough.
 *
 * @returns `undefined` if all are met
 */
export function combineAll(refusals: readonly (Refusal | undefined)[]): Refusal | undefined {
  if (refusals.length <= 1) return refusals[0];
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
 * Combines the results of alternatives of which one is enough. An outage comes first, because that
 * alternative may be met; then the refusal that the caller can resolve most easily.
 *
 * @returns `undefined` if one is met
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

/** An outage of the authorization server comes before the failure of a single policy. */
function outageIn(refusals: readonly (Refusal | undefined)[]): Refusal | undefined {
  return refusals.find(isOutage) ?? firstOf(refusals, ['unavailable']);
}

function firstOf(
  refusals: readonly (Refusal | undefined)[],
  reasons: readonly Refusal['reason'][],
): Refusal | undefined {
  return refusals.find((refusal) => refusal && reasons.includes(refusal.reason));
}

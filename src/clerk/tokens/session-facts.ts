import type { Entitlements, Principal } from '../../access/principal.js';
import { defined } from '../defined.js';
import type { JsonObject } from '../json-object.js';

/** What the claims of a session token (v2) say beyond the session: billing and verification. */
export function sessionFactsIn({
  fea,
  pla,
  fva,
}: JsonObject): Pick<Principal, 'features' | 'plans' | 'factorAges'> {
  return defined({
    features: entitlementsIn(fea),
    plans: entitlementsIn(pla),
    factorAges: factorAgesIn(fva),
  });
}

/** `o:dashboard,u:export,ou:both`. One malformed element makes the whole claim worthless. */
function entitlementsIn(claim: unknown): Entitlements | undefined {
  if (typeof claim !== 'string' || claim === '') return undefined;
  const organization: string[] = [];
  const user: string[] = [];
  for (const element of claim.split(',')) {
    const trimmed = element.trim();
    const colon = trimmed.indexOf(':');
    if (colon === -1) return undefined;
    const [owner, name] = [trimmed.slice(0, colon), trimmed.slice(colon + 1)];
    if (owner === 'o' || owner === 'ou' || owner === 'uo') organization.push(name);
    if (owner === 'u' || owner === 'ou' || owner === 'uo') user.push(name);
  }
  return { organization, user };
}

/** Minutes since the first and the second factor were verified; -1 for one not enrolled. */
function factorAgesIn(claim: unknown): readonly [number, number] | undefined {
  if (!Array.isArray(claim) || claim.length !== 2) return undefined;
  const [first, second]: unknown[] = claim;
  return isAge(first) && isAge(second) ? [first, second] : undefined;
}

function isAge(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && (value === -1 || value >= 0);
}

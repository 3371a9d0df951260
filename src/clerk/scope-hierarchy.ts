import { ClerkConfigurationError } from './clerk.errors.js';

/** By scope, the scopes that grant it, itself first. Without an entry, only the scope itself does. */
export type ScopeHierarchy = ReadonlyMap<string, readonly string[]>;

/**
 * Reads the option `scopeHierarchy`, transitively.
 *
 * @param includes such as `{ 'notes:admin': ['notes:write'], 'notes:write': ['notes:read'] }`
 * @throws {ClerkConfigurationError} a scope includes itself
 */
export function readScopeHierarchy(
  includes: Readonly<Record<string, readonly string[]>>,
): ScopeHierarchy {
  const granting = new Map<string, string[]>();
  for (const scope of Object.keys(includes)) {
    for (const included of allBelow(scope, includes)) {
      const others = granting.get(included) ?? [included];
      granting.set(included, [...others, scope]);
    }
  }
  return granting;
}

function allBelow(
  scope: string,
  includes: Readonly<Record<string, readonly string[]>>,
): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [...(includes[scope] ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === scope) {
      throw new ClerkConfigurationError(
        `scopeHierarchy: ${JSON.stringify(scope)} includes itself. Remove one of the steps that lead back to it.`,
      );
    }
    if (found.has(next)) continue;
    found.add(next);
    open.push(...(Object.hasOwn(includes, next) ? (includes[next] ?? []) : []));
  }
  return found;
}

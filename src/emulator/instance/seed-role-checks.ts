import { CREATOR_PERMISSIONS, DEFAULT_ROLES } from './default-roles.js';
import { isRecord, list, text } from './unread-seed.js';

/**
 * Checks the sections `roles` and `permissions` of a seed.
 *
 * @param problems gets what is wrong, each as `entry: problem. Cure.`
 * @returns the keys of the roles that exist
 */
export function checkRoles(
  seed: Readonly<Record<string, unknown>>,
  problems: string[],
): ReadonlySet<string> {
  const [creator, ...others] = DEFAULT_ROLES.map(({ key }): string => key);
  for (const section of ['roles', 'permissions'] as const) {
    const keys = new Map<string, string>();
    for (const [index, entry] of list(seed[section]).entries()) {
      const key = isRecord(entry) ? text(entry['key']) : undefined;
      if (key === undefined) continue;
      const first = keys.get(key);
      keys.set(key, first ?? `${section}[${index}].key`);
      if (first === undefined) continue;
      problems.push(`${section}[${index}].key: ${first} has the same key. Change one of them.`);
    }
  }
  const roles = list(seed['roles']).map((entry) => (isRecord(entry) ? entry : {}));
  for (const [index, { key, permissions }] of roles.entries()) {
    if (key !== creator || !Array.isArray(permissions)) continue;
    const missing = CREATOR_PERMISSIONS.find((one) => !permissions.includes(one));
    if (missing === undefined) continue;
    problems.push(
      `roles[${index}].permissions: ${key} is the role of those who create an organization. Add ${missing}.`,
    );
  }
  const given = roles.flatMap(({ key }) => text(key) ?? []);
  return new Set([creator ?? '', ...others, ...given]);
}

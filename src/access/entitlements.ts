import type { Entitlements } from './principal.js';

/**
 * Whether a feature or a plan is among those of a credential.
 *
 * @param name a name, or `org:name` and `user:name` for whose it must be
 */
export function isEntitled(entitlements: Entitlements | undefined, name: string): boolean {
  if (!entitlements) return false;
  const { organization, user } = entitlements;
  const [whose = '', key] = name.split(':');
  if (key === undefined) return organization.includes(whose) || user.includes(whose);
  return (whose.startsWith('u') ? user : organization).includes(key);
}

import type { AccessRequirement, AccessRule } from '../../access/access-rule.js';
import type { CatalogEntry, CatalogResource, CatalogResourceTemplate } from './catalog-entry.js';
import { uriIdentity } from '../protocol/normalize-uri.js';

/** A template that matches the URI of an entry which fewer callers may use. */
export interface Overlap {
  readonly template: CatalogResourceTemplate;
  readonly stricter: CatalogEntry;
}

/**
 * The templates that match a resource of its own whose rule demands more. A read of that URI goes to the
 * resource; but a handler of the template that knows another name for it would give it away.
 */
export function findOverlaps(
  resources: readonly CatalogResource[],
  templates: readonly CatalogResourceTemplate[],
): readonly Overlap[] {
  return templates.flatMap((template) =>
    resources
      .filter(({ key }) => template.pattern.match(uriIdentity(key)))
      .filter(({ access }) => isStricter(access, template.access))
      .map((stricter) => ({ template, stricter })),
  );
}

/** What to say of an overlap to whoever starts the application. */
export function describeOverlap({ template, stricter }: Overlap): string {
  return `The template ${template.key} (${template.source}) also matches ${stricter.key} (${stricter.source}), whose access rule demands more. Make sure that the template never serves the same content under another name, or give both the same rule.`;
}

/** Whether a rule demands something that the other one does not. */
function isStricter(rule: AccessRule, other: AccessRule): boolean {
  if (rule === other || rule.kind === 'public') return false;
  if (other.kind === 'public') return true;
  if (rule.verifyAlways && !other.verifyAlways) return true;
  const demanded = new Set(other.requirements.map(inWords));
  return rule.requirements.some((one) => !demanded.has(inWords(one)));
}

/** What is demanded, apart from of which entry. */
function inWords(requirement: AccessRequirement): string {
  return JSON.stringify(requirement, (key, value: unknown) =>
    key === 'target' ? undefined : value,
  );
}

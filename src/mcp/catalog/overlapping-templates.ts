import type { AccessRequirement, AccessRule } from '../../access/access-rule.js';
import { normalizeUri, uriIdentity } from '../protocol/normalize-uri.js';
import type { CatalogEntry, CatalogResource, CatalogResourceTemplate } from './catalog-entry.js';

/** A template that matches the URI of a resource with a stricter access rule. */
interface Overlap {
  readonly template: CatalogResourceTemplate;
  readonly stricter: CatalogEntry;
}

/**
 * The templates that match a resource with a stricter rule. A read of that URI goes to the
 * resource, but the handler of the template might serve the same content under another URI.
 */
export function findOverlaps(
  resources: readonly CatalogResource[],
  templates: readonly CatalogResourceTemplate[],
): readonly Overlap[] {
  return templates.flatMap((template) =>
    resources
      .filter(({ key }) => matches(template, key))
      .filter(({ access }) => isStricter(access, template.access))
      .map((stricter) => ({ template, stricter })),
  );
}

/** Whether a template would serve a URI if the resource there did not exist. */
function matches({ pattern }: CatalogResourceTemplate, uri: string): boolean {
  return [normalizeUri(uri), uriIdentity(uri)].some((form) => pattern.match(form) !== undefined);
}

/** The warning for the developer of the application. */
export function describeOverlap({ template, stricter }: Overlap): string {
  return `The template ${template.key} (${template.source}) also matches ${stricter.key} (${stricter.source}), whose access rule demands more. Make sure that the template never serves the same content under another name, or give both the same rule.`;
}

/** Whether a rule has a requirement that the other one does not have. */
function isStricter(rule: AccessRule, other: AccessRule): boolean {
  if (rule === other || rule.kind === 'public') return false;
  if (other.kind === 'public') return true;
  if (rule.verifyAlways && !other.verifyAlways) return true;
  const known = new Set(other.requirements.map(keyOf));
  return rule.requirements.some((one) => !known.has(keyOf(one)));
}

/** A requirement as text, without the entry that it belongs to. */
function keyOf(requirement: AccessRequirement): string {
  return JSON.stringify(requirement, (key, value: unknown) =>
    key === 'target' ? undefined : value,
  );
}

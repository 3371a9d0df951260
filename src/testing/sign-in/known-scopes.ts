import type { AccessRequirement } from '../../access/access-requirement.js';
import type { ClerkEmulator } from '../../emulator/index.js';
import type { ResolvedClerkOptions } from '../../clerk/resolved-clerk.options.js';
import type { McpCatalog } from '../../mcp/catalog/mcp-catalog.js';

/**
 * Has the stand-in know the scopes that an application asks for, as its Clerk instance does: without
 * them a client that signs in by itself would be told that they do not exist.
 */
export function defineScopes(
  { scopes }: ClerkEmulator,
  options: ResolvedClerkOptions | undefined,
  catalogs: readonly McpCatalog[],
): void {
  const published = [...(options?.resources.values() ?? [])].flatMap((resource) => resource.scopes);
  const needed = catalogs.flatMap(scopesOf);
  for (const name of [...published, ...needed]) scopes.define(name);
}

function scopesOf({ tools, resources, resourceTemplates, prompts }: McpCatalog): readonly string[] {
  const entries = [tools.all, resources.all, resourceTemplates.all, prompts.all].flat();
  return entries.flatMap(({ access }) =>
    access.kind === 'public' ? [] : access.requirements.flatMap(scopesIn),
  );
}

function scopesIn(requirement: AccessRequirement): readonly string[] {
  switch (requirement.kind) {
    case 'scopes':
      return requirement.scopes;
    case 'any_of':
      return requirement.ways.flat().flatMap(scopesIn);
    case 'by_token':
      return Object.values(requirement.byToken).flat().flatMap(scopesIn);
    default:
      return [];
  }
}

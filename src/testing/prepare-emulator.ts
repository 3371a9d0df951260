import type { INestApplicationContext } from '@nestjs/common';
import { requirementsIn } from '../access/access-rule.js';
import { PublishedScopes } from '../clerk/published-scopes.js';
import type { ResolvedClerkOptions } from '../clerk/resolved-clerk-options.js';
import type { ClerkEmulator } from '../emulator/index.js';
import type { McpCatalog } from '../mcp/catalog/mcp-catalog.js';

/** Registers the OAuth client of the application at the emulator, as it is registered at Clerk. */
export function registerOAuthClient(
  clerk: ClerkEmulator,
  options: ResolvedClerkOptions | undefined,
): void {
  const client = options?.oauthClient;
  if (!client || clerk.oauthApplications.find(client.clientId)) return;
  const { clientId, clientSecret } = client;
  clerk.oauthApplications.create({
    name: 'The application under test',
    clientId,
    redirectUris: ['http://127.0.0.1/callback'],
    ...(clientSecret !== null && { clientSecret }),
  });
}

/**
 * Defines the scopes that the application requests at the emulator, as they are defined at its Clerk
 * instance. Otherwise a sign-in that requests them fails with `invalid_scope`.
 */
export function defineScopes(
  { scopes }: ClerkEmulator,
  app: INestApplicationContext,
  options: ResolvedClerkOptions | undefined,
  catalogs: readonly McpCatalog[],
): void {
  const published = [...(options?.resources.keys() ?? [])].flatMap((path) =>
    app.get(PublishedScopes, { strict: false }).at(path),
  );
  const needed = catalogs.flatMap(scopesOf);
  for (const name of [...published, ...needed]) scopes.define(name);
}

function scopesOf({ tools, resources, resourceTemplates, prompts }: McpCatalog): readonly string[] {
  const entries = [tools.all, resources.all, resourceTemplates.all, prompts.all].flat();
  const requirements = entries.flatMap(({ access }) => requirementsIn(access));
  return requirements.flatMap((one) => (one.kind === 'scopes' ? one.scopes : []));
}

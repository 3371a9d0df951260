import { server } from './explorer.js';

/** Clerk puts the organization into the tokens that this scope was granted to. */
export const ORGANIZATION_SCOPE = 'user:org:read';

/** What somebody is granted at first: what clients are told to ask for. */
export function defaultScopes(): readonly string[] {
  return (server.value?.published ?? []).filter((scope) => scope !== 'offline_access');
}

/** Every scope that a token of this server can have. */
export function knownScopes(): readonly string[] {
  const known = server.value?.scopes ?? [];
  return [...new Set([...known.filter((scope) => scope !== 'offline_access'), ORGANIZATION_SCOPE])];
}

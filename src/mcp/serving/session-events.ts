import type { ServerEvent } from '@modelcontextprotocol/server';
import type { AccessControl } from '../../access/access-control.js';
import { whenKnown, type MaybePromise } from '../../access/maybe-promise.js';
import type { Principal } from '../../access/principal.js';
import type { McpCatalog } from '../catalog/mcp-catalog.js';
import { isMeantFor } from './audience.js';
import type { CatalogServer } from './catalog-server.js';

/**
 * Whether this caller may hear of an event. Decided with each one: a token expires, and what was once
 * subscribed to may be none of the caller's business by now.
 */
export function mayHearOf(
  event: ServerEvent,
  { catalog, control }: { readonly catalog: McpCatalog; readonly control: AccessControl },
  principal: Principal | undefined,
): MaybePromise<boolean> {
  if (!isMeantFor(event, principal)) return false;
  if (event.kind !== 'resource_updated') return true;
  const found = catalog.resourceAt(event.uri);
  if (!found) return true;
  return whenKnown(control.decide(found.entry.access, principal), ({ allowed }) => allowed);
}

/** Hands an event of the bus to the client of one session, if it wants to hear of it. */
export async function deliver(
  event: ServerEvent,
  { server, subscriptions }: CatalogServer,
): Promise<void> {
  const { tools, prompts, resources } = server.getCapabilities();
  switch (event.kind) {
    case 'tools_list_changed':
      if (tools) await server.sendToolListChanged();
      return;
    case 'prompts_list_changed':
      if (prompts) await server.sendPromptListChanged();
      return;
    case 'resources_list_changed':
      if (resources) await server.sendResourceListChanged();
      return;
    case 'resource_updated':
      if (subscriptions.has(event.uri)) await server.sendResourceUpdated({ uri: event.uri });
  }
}

import type { ServerEvent } from '@modelcontextprotocol/server';
import type { CatalogServer } from './catalog-server.js';

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

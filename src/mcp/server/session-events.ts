import type { ServerEvent } from '@modelcontextprotocol/server';
import type { AccessRule } from '../../access/access-rule.js';
import type { RequestAccess } from '../../access/request-access.js';
import { andThen, type MaybePromise } from '../../request/value-or-promise.js';
import { isExpired } from '../../request/principal.js';
import type { McpCatalog } from '../catalog/mcp-catalog.js';
import { isMeantFor } from './mcp-notifier.js';
import type { CatalogServer } from './catalog-server.js';

/**
 * Whether this caller may hear of an event now. An update is for those who may read the resource. A
 * change of a list is for those who see, or saw, at least one entry of its kind.
 *
 * @param access of which nothing was decided for an earlier event
 */
export function mayHearOf(
  event: ServerEvent,
  catalog: McpCatalog,
  access: RequestAccess,
): MaybePromise<boolean> {
  const { principal } = access;
  if (!isMeantFor(event, principal && !isExpired(principal) ? principal : undefined)) {
    return false;
  }
  if (event.kind !== 'resource_updated') return access.allowsAny(listedRules(event.kind, catalog));
  const found = catalog.resourceAt(event.uri);
  if (!found) return false;
  return andThen(access.decide(found.entry.access), ({ allowed }) => allowed);
}

/**
 * Tells a listener of an event once it is known that it may hear of it. While that is undecided, the
 * same event is not decided again: it would tell nothing new.
 *
 * @param undecided events that wait for a decision, of this listener alone
 */
export async function tellWhenAllowed(
  event: ServerEvent,
  undecided: Set<string>,
  {
    mayHear,
    tell,
  }: { readonly mayHear: () => MaybePromise<boolean>; readonly tell: () => unknown },
): Promise<void> {
  const key = event.kind === 'resource_updated' ? `resource ${event.uri}` : event.kind;
  if (undecided.has(key)) return;
  let may = mayHear();
  if (may instanceof Promise) {
    undecided.add(key);
    try {
      may = await may;
    } finally {
      undecided.delete(key);
    }
  }
  if (may) await tell();
}

/** Whether the client of a session wants to hear of an event: of lists it hears by itself. */
export function wantsToHearOf(
  event: ServerEvent,
  { server, subscriptions }: CatalogServer,
): boolean {
  const { tools, prompts, resources } = server.getCapabilities();
  switch (event.kind) {
    case 'tools_list_changed':
      return tools !== undefined;
    case 'prompts_list_changed':
      return prompts !== undefined;
    case 'resources_list_changed':
      return resources !== undefined;
    case 'resource_updated':
      return subscriptions.has(event.uri);
  }
}

/** Hands an event of the bus to the client of one session. */
export async function deliver(event: ServerEvent, { server }: CatalogServer): Promise<void> {
  switch (event.kind) {
    case 'tools_list_changed':
      return server.sendToolListChanged();
    case 'prompts_list_changed':
      return server.sendPromptListChanged();
    case 'resources_list_changed':
      return server.sendResourceListChanged();
    case 'resource_updated':
      return server.sendResourceUpdated({ uri: event.uri });
  }
}

function listedRules(
  kind: Exclude<ServerEvent['kind'], 'resource_updated'>,
  { tools, prompts, resources, resourceTemplates }: McpCatalog,
): readonly AccessRule[] {
  switch (kind) {
    case 'tools_list_changed':
      return tools.rulesSoFar;
    case 'prompts_list_changed':
      return prompts.rulesSoFar;
    case 'resources_list_changed':
      return [...resources.rulesSoFar, ...resourceTemplates.rulesSoFar];
  }
}

import type { Notification, ServerCapabilities, ServerEvent } from '@modelcontextprotocol/server';
import type { RequestAccess } from '../../access/request-access.js';
import { isExpired } from '../../request/principal.js';
import { andThen, type MaybePromise } from '../../request/value-or-promise.js';
import type { CatalogEntry } from '../catalog/catalog-entry.js';
import type { EntryTable } from '../catalog/entry-table.js';
import type { McpCatalog } from '../catalog/mcp-catalog.js';
import type { SignInMode } from '../mcp-options.js';
import { eventKey, isInAudience } from './addressed-event.js';
import type { Subscriptions } from './subscriptions.js';

/** A client that is told of changes: of a session, or over stdio. */
export interface EventClient {
  /** Of the server, as the client knows them. */
  readonly capabilities: ServerCapabilities;
  /** Resources whose updates it subscribed to. */
  readonly subscriptions: Pick<Subscriptions, 'has'>;
}

/**
 * Whether this caller may receive an event now: an update, if the caller may read the resource; a
 * change of a list, if the caller may see, or could see, at least one entry of its kind. An anonymous
 * caller sees the entries that it is offered, too.
 *
 * @param access a new one for each event: decisions are cached in it
 * @param mode `call` where the caller is offered nothing
 */
export function mayReceive(
  event: ServerEvent,
  catalog: McpCatalog,
  access: RequestAccess,
  mode: SignInMode = catalog.signIn.mode,
): MaybePromise<boolean> {
  const { principal } = access;
  if (!isInAudience(event, principal && !isExpired(principal) ? principal : undefined)) {
    return false;
  }
  if (event.kind !== 'resource_updated') {
    const tables = tablesOf(event.kind, catalog);
    const isOffered = catalog.signIn.offersTo(access, mode);
    if (isOffered && tables.some((table) => table.someSoFar(isOffered))) return true;
    return access.allowsAny(tables.flatMap(({ rulesSoFar }) => rulesSoFar));
  }
  const found = catalog.resourceAt(event.uri);
  if (!found) return false;
  return andThen(access.decide(found.entry.access), ({ allowed }) => allowed);
}

/**
 * Sends an event once it is decided that the listener may receive it. The same event is dropped
 * while its decision is pending.
 *
 * @param undecided events of this listener that wait for a decision
 */
export async function sendWhenAllowed(
  event: ServerEvent,
  undecided: Set<string>,
  {
    mayReceive,
    send,
  }: { readonly mayReceive: () => MaybePromise<boolean>; readonly send: () => unknown },
): Promise<void> {
  const key = eventKey(event);
  if (undecided.has(key)) return;
  let isAllowed = mayReceive();
  if (isAllowed instanceof Promise) {
    undecided.add(key);
    try {
      isAllowed = await isAllowed;
    } finally {
      undecided.delete(key);
    }
  }
  if (isAllowed) await send();
}

/** Whether a client wants an event. Changes of lists need no subscription. */
export function wantsEvent(
  event: ServerEvent,
  { capabilities, subscriptions }: EventClient,
): boolean {
  const { tools, prompts, resources } = capabilities;
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

/** The notification that tells a client of an event. */
export function notificationOf(event: ServerEvent): Notification {
  switch (event.kind) {
    case 'tools_list_changed':
      return { method: 'notifications/tools/list_changed' };
    case 'prompts_list_changed':
      return { method: 'notifications/prompts/list_changed' };
    case 'resources_list_changed':
      return { method: 'notifications/resources/list_changed' };
    case 'resource_updated':
      return { method: 'notifications/resources/updated', params: { uri: event.uri } };
  }
}

function tablesOf(
  kind: Exclude<ServerEvent['kind'], 'resource_updated'>,
  { tools, prompts, resources, resourceTemplates }: McpCatalog,
): readonly Pick<EntryTable<CatalogEntry>, 'rulesSoFar' | 'someSoFar'>[] {
  switch (kind) {
    case 'tools_list_changed':
      return [tools];
    case 'prompts_list_changed':
      return [prompts];
    case 'resources_list_changed':
      return [resources, resourceTemplates];
  }
}

import type { ServerEvent } from '@modelcontextprotocol/server';
import { isJsonObject } from '../../request/json-object.js';
import { eventKey } from './addressed-event.js';

/** Delivers an event to one client. */
export type EventListener = (event: ServerEvent) => void;

/**
 * Who listens to what, so that an event costs in proportion to its listeners, not to the number of clients.
 */
export class EventListeners {
  private readonly byKey = new Map<string, Set<EventListener>>();

  /** Number of pairs of listener and event. */
  get size(): number {
    return [...this.byKey.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** @param key of the events, see {@link eventKey} */
  add(key: string, listener: EventListener): void {
    const listeners = this.byKey.get(key) ?? new Set();
    this.byKey.set(key, listeners.add(listener));
  }

  delete(key: string, listener: EventListener): void {
    const listeners = this.byKey.get(key);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.byKey.delete(key);
  }

  /** Calls the listeners of an event. They may end meanwhile, and others may begin. */
  deliver(event: ServerEvent): void {
    for (const listener of this.byKey.get(eventKey(event)) ?? []) listener(event);
  }
}

/** Keys of the events that change lists, of which a session is told without a subscription. */
export const LIST_KEYS = [
  'tools_list_changed',
  'prompts_list_changed',
  'resources_list_changed',
] as const satisfies readonly ServerEvent['kind'][];

/** Key of the updates of a resource. */
export function updateKey(uri: string): string {
  return eventKey({ kind: 'resource_updated', uri });
}

/** Keys of the events that a `subscriptions/listen` asks for. @param notifications not validated */
export function keysAskedFor(notifications: unknown): ReadonlySet<string> {
  const keys = new Set<string>();
  if (!isJsonObject(notifications)) return keys;
  const { toolsListChanged, promptsListChanged, resourcesListChanged } = notifications;
  if (toolsListChanged === true) keys.add('tools_list_changed');
  if (promptsListChanged === true) keys.add('prompts_list_changed');
  if (resourcesListChanged === true) keys.add('resources_list_changed');
  const { resourceSubscriptions: uris } = notifications;
  for (const uri of Array.isArray(uris) ? uris : []) {
    if (typeof uri === 'string') keys.add(updateKey(uri));
  }
  return keys;
}

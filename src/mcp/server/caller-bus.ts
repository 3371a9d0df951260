import { AsyncLocalStorage } from 'node:async_hooks';
import type { ServerEvent, ServerEventBus } from '@modelcontextprotocol/server';
import type { RequestAccess } from '../../access/request-access.js';
import { isJsonObject } from '../../request/json-object.js';
import type { MaybePromise } from '../../request/value-or-promise.js';
import type { Deliveries } from './deliveries.js';
import { sendWhenAllowed } from './session-events.js';

/** Who opened a stream, and the events that it asked for. */
interface StreamListener {
  readonly access: RequestAccess;
  /** The `notifications` member of its `subscriptions/listen`, not validated. */
  readonly notifications: unknown;
}

/**
 * The event bus that streams of the SDK subscribe to. The SDK does not know callers: this bus
 * delivers only the events that the caller of a stream may receive at that moment.
 */
export class CallerBus implements ServerEventBus {
  readonly #listeners = new AsyncLocalStorage<StreamListener>();

  constructor(
    private readonly bus: ServerEventBus,
    private readonly mayReceive: (
      event: ServerEvent,
      access: RequestAccess,
    ) => MaybePromise<boolean>,
    private readonly deliveries: Deliveries,
  ) {}

  /** Runs work whose subscriptions belong to this listener. */
  runAs<T>(listener: StreamListener, work: () => T): T {
    return this.#listeners.run(listener, work);
  }

  publish(event: ServerEvent): void {
    this.bus.publish(event);
  }

  subscribe(listener: (event: ServerEvent) => void): () => void {
    const stream = this.#listeners.getStore();
    // A subscription without a caller gets nothing.
    if (!stream) return () => undefined;
    const { access, notifications: filter } = stream;
    const undecided = new Set<string>();
    return this.bus.subscribe((event) => {
      // The SDK drops these events, too. Here it saves access decisions, which may ask Clerk.
      if (!isAskedFor(event, filter)) return;
      this.deliveries.track(
        sendWhenAllowed(event, undecided, {
          mayReceive: () => this.mayReceive(event, access.anew()),
          send: () => listener(event),
        }),
      );
    });
  }
}

function isAskedFor(event: ServerEvent, filter: unknown): boolean {
  if (!isJsonObject(filter)) return false;
  switch (event.kind) {
    case 'tools_list_changed':
      return filter['toolsListChanged'] === true;
    case 'prompts_list_changed':
      return filter['promptsListChanged'] === true;
    case 'resources_list_changed':
      return filter['resourcesListChanged'] === true;
    case 'resource_updated': {
      const uris = filter['resourceSubscriptions'];
      return Array.isArray(uris) && uris.includes(event.uri);
    }
  }
}

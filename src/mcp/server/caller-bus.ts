import { AsyncLocalStorage } from 'node:async_hooks';
import type { ServerEvent, ServerEventBus } from '@modelcontextprotocol/server';
import type { RequestAccess } from '../../access/request-access.js';
import type { MaybePromise } from '../../request/value-or-promise.js';
import { isJsonObject } from '../../request/json-object.js';
import { tellWhenAllowed } from './session-events.js';

/** Who opened a stream, and what it is to be told of. */
export interface StreamListener {
  readonly access: RequestAccess;
  /** The `notifications` of its `subscriptions/listen`, in whatever shape. */
  readonly notifications: unknown;
}

/**
 * The event bus as streams of the SDK get it, which know nothing of callers: each hears what its caller
 * may hear at that moment.
 */
export class CallerBus implements ServerEventBus {
  readonly #listeners = new AsyncLocalStorage<StreamListener>();

  constructor(
    private readonly bus: ServerEventBus,
    private readonly mayHear: (event: ServerEvent, access: RequestAccess) => MaybePromise<boolean>,
    private readonly onerror: (error: Error) => void,
  ) {}

  /** Whoever subscribes meanwhile is this listener. */
  runAs<T>(listener: StreamListener, work: () => T): T {
    return this.#listeners.run(listener, work);
  }

  publish(event: ServerEvent): void {
    this.bus.publish(event);
  }

  subscribe(listener: (event: ServerEvent) => void): () => void {
    const stream = this.#listeners.getStore();
    // Nobody may be assumed to listen.
    if (!stream) return () => undefined;
    const { access, notifications: filter } = stream;
    const undecided = new Set<string>();
    return this.bus.subscribe((event) => {
      // The SDK drops what was not asked for as well; asking Clerk about it would cost requests.
      if (!isAskedFor(event, filter)) return;
      tellWhenAllowed(event, undecided, {
        mayHear: () => this.mayHear(event, access.anew()),
        tell: () => listener(event),
      }).catch(this.onerror);
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

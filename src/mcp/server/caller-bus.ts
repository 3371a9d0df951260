import { AsyncLocalStorage } from 'node:async_hooks';
import type { ServerEvent, ServerEventBus } from '@modelcontextprotocol/server';
import type { RequestAccess } from '../../access/request-access.js';
import type { MaybePromise } from '../../request/value-or-promise.js';
import type { Deliveries } from './deliveries.js';
import { EventListeners, keysAskedFor } from './event-listeners.js';
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
  readonly #stream = new AsyncLocalStorage<StreamListener>();
  readonly #listeners = new EventListeners();
  readonly #unsubscribe: () => void;

  constructor(
    private readonly bus: ServerEventBus,
    private readonly mayReceive: (
      event: ServerEvent,
      access: RequestAccess,
    ) => MaybePromise<boolean>,
    private readonly deliveries: Deliveries,
  ) {
    this.#unsubscribe = bus.subscribe((event) => this.#listeners.deliver(event));
  }

  /** Runs work whose subscriptions belong to this listener. */
  runAs<T>(listener: StreamListener, work: () => T): T {
    return this.#stream.run(listener, work);
  }

  publish(event: ServerEvent): void {
    this.bus.publish(event);
  }

  subscribe(listener: (event: ServerEvent) => void): () => void {
    const stream = this.#stream.getStore();
    // A subscription without a caller gets nothing.
    if (!stream) return () => undefined;
    const { access, notifications } = stream;
    const undecided = new Set<string>();
    const keys = keysAskedFor(notifications);
    const deliver = (event: ServerEvent): void =>
      this.deliveries.track(
        sendWhenAllowed(event, undecided, {
          mayReceive: () => this.mayReceive(event, access.anew()),
          send: () => listener(event),
        }),
      );
    for (const key of keys) this.#listeners.add(key, deliver);
    return () => {
      for (const key of keys) this.#listeners.delete(key, deliver);
    };
  }

  /** Ends the subscription to the bus. */
  close(): void {
    this.#unsubscribe();
  }
}

import { AsyncLocalStorage } from 'node:async_hooks';
import type { ServerEvent, ServerEventBus } from '@modelcontextprotocol/server';
import { whenKnown, type MaybePromise } from '../../access/maybe-promise.js';
import type { Principal } from '../../access/principal.js';

/**
 * The event bus as streams of the SDK get it, which know nothing of callers: each hears what its caller
 * may hear at that moment.
 */
export class CallerBus implements ServerEventBus {
  readonly #callers = new AsyncLocalStorage<{ readonly principal: Principal | undefined }>();

  constructor(
    private readonly bus: ServerEventBus,
    private readonly mayHear: (
      event: ServerEvent,
      principal: Principal | undefined,
    ) => MaybePromise<boolean>,
    private readonly onerror: (error: Error) => void,
  ) {}

  /** Whoever subscribes meanwhile is this caller. */
  runAs<T>(principal: Principal | undefined, work: () => T): T {
    return this.#callers.run({ principal }, work);
  }

  publish(event: ServerEvent): void {
    this.bus.publish(event);
  }

  subscribe(listener: (event: ServerEvent) => void): () => void {
    // Without a caller, what is for everybody.
    const principal = this.#callers.getStore()?.principal;
    return this.bus.subscribe((event) => {
      const told = whenKnown(this.mayHear(event, principal), (may) => {
        if (may) listener(event);
      });
      Promise.resolve(told).catch(this.onerror);
    });
  }
}

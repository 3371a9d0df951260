import type { ServerEvent, ServerEventBus } from '@modelcontextprotocol/server';
import { ContainedSeam } from '../../backplane/contained-seam.js';
import { EventsOfTurn } from './events-of-turn.js';

type Listener = (event: ServerEvent) => void;

/**
 * The event bus of the application. While it fails, events still reach the clients of this node,
 * and publishers get no error. Each listener gets the same change once per turn of the event loop.
 */
export class ContainedEventBus implements ServerEventBus {
  private readonly listeners = new Set<EventsOfTurn>();
  private readonly seam: ContainedSeam;
  private readonly listening = new ContainedSeam({
    name: 'A listener of MCP_EVENT_BUS',
    consequence: 'The other listeners were notified.',
  });

  constructor(
    private readonly bus: ServerEventBus,
    timeoutMs: number,
  ) {
    this.seam = new ContainedSeam({
      name: 'MCP_EVENT_BUS',
      consequence: 'Until it answers, only the clients of this node are notified of changes.',
      timeoutMs,
    });
  }

  publish(event: ServerEvent): void {
    // Typed as `void`, but a bus over a network returns a promise.
    void this.seam.callOr<unknown>(
      () => this.bus.publish(event),
      () => {
        for (const turn of this.listeners) turn.add(event);
      },
    );
  }

  subscribe(listener: Listener): () => void {
    const turn = new EventsOfTurn((event) => {
      void this.listening.callOr<unknown>(() => listener(event), nothing);
    });
    this.listeners.add(turn);
    let unsubscribe: unknown;
    void this.seam.callOr(() => {
      unsubscribe = this.bus.subscribe((event) => turn.add(event));
    }, nothing);
    return () => {
      this.listeners.delete(turn);
      turn.discard();
      const end = unsubscribe;
      if (typeof end === 'function') void this.seam.callOr<unknown>(() => end(), nothing);
    };
  }

  /** Delivers the events of this turn at once, before the streams of the listeners end. */
  flush(): void {
    const { bus } = this;
    if ('flush' in bus && typeof bus.flush === 'function') bus.flush();
    for (const turn of this.listeners) turn.flush();
  }
}

const nothing = (): undefined => undefined;

import type { ServerEvent, ServerEventBus } from '@modelcontextprotocol/server';
import { ContainedSeam } from '../../backplane/contained-seam.js';

type Listener = (event: ServerEvent) => void;

/**
 * The event bus of the application. While it fails, events still reach the clients of this node,
 * and publishers get no error.
 */
export class ContainedEventBus implements ServerEventBus {
  private readonly listeners = new Set<Listener>();
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
        for (const listener of this.listeners) listener(event);
      },
    );
  }

  subscribe(listener: Listener): () => void {
    const contained: Listener = (event) => {
      void this.listening.callOr<unknown>(() => listener(event), nothing);
    };
    this.listeners.add(contained);
    let unsubscribe: unknown;
    void this.seam.callOr(() => {
      unsubscribe = this.bus.subscribe(contained);
    }, nothing);
    return () => {
      this.listeners.delete(contained);
      const end = unsubscribe;
      if (typeof end === 'function') void this.seam.callOr<unknown>(() => end(), nothing);
    };
  }
}

const nothing = (): undefined => undefined;

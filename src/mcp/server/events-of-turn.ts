import { eventKey, type AddressedEvent, type McpAudience } from './addressed-event.js';

/**
 * Collects the events of one turn of the event loop, or of a longer time, for one listener, and delivers
 * each change once: forty entries that are added in a loop are one change of a list.
 */
export class EventsOfTurn {
  private events = new Map<string, AddressedEvent>();
  private end: NodeJS.Immediate | NodeJS.Timeout | undefined;

  /** @param delayMs default: until the end of the turn */
  constructor(
    private readonly deliver: (event: AddressedEvent) => void,
    private readonly delayMs?: number,
  ) {}

  add(event: AddressedEvent): void {
    const key = eventKey(event);
    const earlier = this.events.get(key);
    this.events.set(key, earlier ? merge(earlier, event) : event);
    this.end ??= this.wait();
  }

  /** Delivers at once what waits for the end of the turn. */
  flush(): void {
    const { events } = this;
    this.discard();
    for (const event of events.values()) this.deliver(event);
  }

  discard(): void {
    if (this.end && 'refresh' in this.end) clearTimeout(this.end);
    else clearImmediate(this.end);
    this.end = undefined;
    this.events = new Map();
  }

  private wait(): NodeJS.Immediate | NodeJS.Timeout {
    const flush = (): void => this.flush();
    return this.delayMs === undefined
      ? setImmediate(flush)
      : setTimeout(flush, this.delayMs).unref();
  }
}

/** The same change, for everybody who belongs to one of both audiences. */
function merge(earlier: AddressedEvent, later: AddressedEvent): AddressedEvent {
  const { audience: before, ...event } = { ...later, audience: earlier.audience };
  if (!before || !later.audience) return event;
  const all = new Map<string, McpAudience>();
  for (const one of [before, later.audience].flat()) all.set(JSON.stringify(one), one);
  return { ...event, audience: [...all.values()] };
}

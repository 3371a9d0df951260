import type { ServerEvent, ServerEventBus } from '@modelcontextprotocol/server';
import type { Backplane, Json } from '../../backplane/backplane.js';
import { isJsonObject } from '../../request/json-object.js';
import type { AddressedEvent, McpAudience } from './addressed-event.js';
import { EventsOfTurn } from './events-of-turn.js';
import { LIST_KEYS } from './event-listeners.js';

type Listener = (event: AddressedEvent) => void;

/**
 * The event bus of all nodes. Each of them hears every change once, and keeps the latest ten thousand, so
 * that a client can go on at any node. Equal changes of a list within 250 ms become one.
 *
 * While the engine does not answer, only this node hears of its changes. It tells the others later.
 */
export class BackplaneEventBus implements ServerEventBus {
  private readonly listeners = new Set<Listener>();
  private readonly lists = new EventsOfTurn((event) => this.deliver(event), MERGE_MS);
  /** Changes that other nodes were not told, each once. */
  private readonly untold = new Map<string, AddressedEvent>();
  private readonly topic: string;

  /** @param path of the endpoint */
  constructor(
    private readonly backplane: Backplane,
    path: string,
  ) {
    this.topic = `changes ${path}`;
    backplane.topics.subscribe(this.topic, {
      message: (message, cursor) => this.receive(message, cursor),
      // What was missed is unknown: clients read their lists again.
      gap: () => {
        for (const kind of LIST_KEYS) this.lists.add({ kind });
      },
    });
    backplane.onReachable(() => void this.tellLate());
  }

  publish(event: AddressedEvent): void {
    void this.tell({ ...event });
  }

  subscribe(listener: Listener): () => void {
    // An object of its own, so that a listener can subscribe twice.
    const subscription: Listener = (event) => listener(event);
    this.listeners.add(subscription);
    return () => this.listeners.delete(subscription);
  }

  /** The changes after a cursor, each with its own; `undefined` if this node does not have them all. */
  since(cursor: string): readonly AddressedEvent[] | undefined {
    const messages = this.backplane.topics.since(this.topic, cursor);
    return messages?.flatMap(({ message, cursor: at }) => {
      const event = readEvent(message);
      return event ? [{ ...event, cursor: at }] : [];
    });
  }

  /** Delivers what waits to be merged. */
  flush(): void {
    this.lists.flush();
  }

  /** Never rejects: while the engine does not answer, this node alone delivers it. */
  private async tell(event: AddressedEvent, late: Json = {}): Promise<void> {
    const message = { v: 1, event, ...late };
    if (!(await this.backplane.topics.publish(this.topic, message))) this.keep(event);
  }

  private async tellLate(): Promise<void> {
    const events = [...this.untold.values()];
    this.untold.clear();
    const late = { lateFrom: this.backplane.nodeId };
    await Promise.all(events.map((event) => this.tell(event, late)));
  }

  private keep(event: AddressedEvent): void {
    if (this.untold.size >= MAX_UNTOLD) {
      // Clients of other nodes read their lists again.
      this.untold.clear();
      for (const kind of LIST_KEYS) this.untold.set(JSON.stringify({ kind }), { kind });
    }
    this.untold.set(JSON.stringify(event), event);
  }

  private receive(message: Json, cursor: string | undefined): void {
    if (message['lateFrom'] === this.backplane.nodeId) return;
    const event = readEvent(message);
    if (!event) return;
    const told: AddressedEvent = { ...event, cursor: cursor ?? NO_CURSOR };
    if (event.kind === 'resource_updated') this.deliver(told);
    else this.lists.add(told);
  }

  private deliver(event: AddressedEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}

/** The id of a change on a stream; empty if the client cannot go on from it. */
export function idOfChange({ cursor = NO_CURSOR }: AddressedEvent): string {
  return cursor === NO_CURSOR ? '' : `${CHANGE}${cursor}`;
}

/** The cursor in the id of a change; `undefined` for another kind of event. */
export function cursorOfChange(eventId: string): string | undefined {
  return eventId.startsWith(CHANGE) ? eventId.slice(CHANGE.length) : undefined;
}

const CHANGE = 'c~';
const NO_CURSOR = '';
const MERGE_MS = 250;
const MAX_UNTOLD = 1_000;

/** An event of another node; `undefined` for one of an unknown version. */
function readEvent({ v, event }: Json): AddressedEvent | undefined {
  if (v !== 1 || !isJsonObject(event)) return undefined;
  const { kind, uri, audience } = event;
  const known = readKind(kind, uri);
  if (!known) return undefined;
  if (audience === undefined) return known;
  const audiences = [audience].flat();
  // An audience that this version cannot read must not become everybody.
  if (audiences.length === 0 || !audiences.every(isAudience)) return undefined;
  return { ...known, audience: audiences };
}

function readKind(kind: unknown, uri: unknown): ServerEvent | undefined {
  if (kind === 'resource_updated') return typeof uri === 'string' ? { kind, uri } : undefined;
  const list = LIST_KEYS.find((one) => one === kind);
  return list && { kind: list };
}

function isAudience(audience: unknown): audience is McpAudience {
  if (!isJsonObject(audience)) return false;
  const { organizationId, subject, ...others } = audience;
  return (
    Object.keys(others).length === 0 &&
    [organizationId, subject].every((one) => one === undefined || typeof one === 'string')
  );
}

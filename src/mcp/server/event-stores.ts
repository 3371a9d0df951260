import type { EventStore } from '@modelcontextprotocol/server';
import { Inject, Injectable } from '@nestjs/common';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import { RESOLVED_MCP_OPTIONS } from '../mcp.tokens.js';
import { DEFAULT_MCP_LIMITS, type ResolvedMcpLimits } from '../protocol/mcp-limits.js';
import { MemoryBudget, type MemoryShare } from '../protocol/memory-budget.js';

/**
 * Stores the events of session streams, so that a client that lost its connection can resume.
 * Override the provider to store them outside this process.
 */
export abstract class McpEventStores {
  /** The store of one session. */
  abstract create(sessionId: string): EventStore;

  /** Drops the store of a session that has ended. Default: does nothing, for stores that expire. */
  drop(_sessionId: string): void {}
}

/**
 * Keeps the last events of each session in this process, within `limits.sessionEvents`,
 * `limits.sessionEventLength` and the memory budget of the process. The oldest are dropped first.
 */
@Injectable()
export class InProcessEventStores extends McpEventStores {
  private readonly limits: ResolvedMcpLimits;
  private readonly memory: MemoryShare;
  private readonly stores = new Map<string, RecentEvents>();
  /** The store of each event, oldest event first. */
  private readonly order = new Map<StoredEvent, RecentEvents>();

  /** @param budget default: a budget of its own, for a store that is created without DI */
  constructor(
    @Inject(RESOLVED_MCP_OPTIONS)
    { limits }: Pick<ResolvedMcpOptions, 'limits'> = { limits: DEFAULT_MCP_LIMITS },
    @Inject(MemoryBudget) budget: MemoryBudget = new MemoryBudget(),
  ) {
    super();
    this.limits = limits;
    this.memory = budget.events;
  }

  /** Size of all events of this endpoint, in bytes. */
  get bytes(): number {
    let bytes = 0;
    for (const event of this.order.keys()) bytes += event.bytes;
    return bytes;
  }

  override create(sessionId = ''): EventStore {
    const store = new RecentEvents(this.limits, {
      added: (event) => this.added(event, store),
      removed: (event) => this.removed(event),
    });
    this.stores.set(sessionId, store);
    return store;
  }

  override drop(sessionId: string): void {
    this.stores.get(sessionId)?.clear();
    this.stores.delete(sessionId);
  }

  private added(event: StoredEvent, store: RecentEvents): void {
    this.order.set(event, store);
    this.memory.take(event.bytes);
    for (const oldest of this.order.values()) {
      if (this.memory.excess === 0) return;
      oldest.dropOldest();
    }
  }

  private removed(event: StoredEvent): void {
    if (this.order.delete(event)) this.memory.give(event.bytes);
  }
}

type Message = Parameters<EventStore['storeEvent']>[1];

interface StoredEvent {
  readonly id: string;
  readonly streamId: string;
  /** As JSON, so that its size is known and no other object is retained. */
  readonly json: string;
  readonly bytes: number;
}

interface Watcher {
  added(event: StoredEvent): void;
  removed(event: StoredEvent): void;
}

class RecentEvents implements EventStore {
  private readonly events: StoredEvent[] = [];
  private count = 0;
  private characters = 0;

  constructor(
    private readonly limits: Pick<ResolvedMcpLimits, 'sessionEvents' | 'sessionEventLength'>,
    private readonly watcher: Watcher,
  ) {}

  async storeEvent(streamId: string, message: Message): Promise<string> {
    this.count += 1;
    const id = `${streamId}_${this.count}`;
    const json = JSON.stringify(message);
    const event = { id, streamId, json, bytes: 2 * json.length + BYTES_OF_EVENT };
    const { sessionEvents, sessionEventLength } = this.limits;
    this.events.push(event);
    this.characters += json.length;
    this.watcher.added(event);
    while (this.events.length > sessionEvents || this.characters > sessionEventLength)
      this.dropOldest();
    return id;
  }

  async getStreamIdForEventId(eventId: string): Promise<string | undefined> {
    return this.events.find(({ id }) => id === eventId)?.streamId;
  }

  async replayEventsAfter(
    lastEventId: string,
    { send }: { send: (eventId: string, message: Message) => Promise<void> },
  ): Promise<string> {
    const at = this.events.findIndex(({ id }) => id === lastEventId);
    const streamId = this.events[at]?.streamId ?? '';
    for (const { id, json } of this.events.slice(at + 1).filter(belongsTo(streamId))) {
      await send(id, JSON.parse(json));
    }
    return streamId;
  }

  dropOldest(): void {
    const event = this.events.shift();
    if (!event) return;
    this.characters -= event.json.length;
    this.watcher.removed(event);
  }

  clear(): void {
    while (this.events.length > 0) this.dropOldest();
  }
}

/** Size of an event without its message. */
const BYTES_OF_EVENT = 200;

function belongsTo(streamId: string) {
  return (event: StoredEvent): boolean => event.streamId === streamId;
}

import type { EventStore } from '@modelcontextprotocol/server';

/**
 * Keeps what was sent on the streams of sessions, so that a client that lost its connection can go on
 * where it was. Override the provider to keep it elsewhere than in this process.
 */
export abstract class McpEventStores {
  /** The store of one session; it is dropped with the session. */
  abstract create(sessionId: string): EventStore;
}

/** The last hundred events of each session, a million characters at most, in this process. */
export class InProcessEventStores extends McpEventStores {
  create(): EventStore {
    return new RecentEvents();
  }
}

type Message = Parameters<EventStore['storeEvent']>[1];

interface StoredEvent {
  readonly id: string;
  readonly streamId: string;
  /** As JSON, so that its size is known and nothing else is kept alive. */
  readonly json: string;
}

class RecentEvents implements EventStore {
  private readonly events: StoredEvent[] = [];
  private count = 0;
  private characters = 0;

  async storeEvent(streamId: string, message: Message): Promise<string> {
    this.count += 1;
    const id = `${streamId}_${this.count}`;
    const json = JSON.stringify(message);
    this.events.push({ id, streamId, json });
    this.characters += json.length;
    while (this.events.length > MAX_EVENTS || this.characters > MAX_CHARACTERS) {
      this.characters -= this.events.shift()?.json.length ?? 0;
    }
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
      // The first event of a stream holds no message: it only gives the client an id to come back with.
      if (json !== NO_MESSAGE) await send(id, JSON.parse(json));
    }
    return streamId;
  }
}

const MAX_EVENTS = 100;
const MAX_CHARACTERS = 1_000_000;
const NO_MESSAGE = '{}';

function belongsTo(streamId: string) {
  return (event: StoredEvent): boolean => event.streamId === streamId;
}

import type { EventStore } from '@modelcontextprotocol/server';
import type { Json, Logs } from '../../backplane/backplane.js';
import { isJsonObject } from '../../request/json-object.js';
import type { ResolvedMcpLimits } from '../protocol/mcp-limits.js';
import { McpEventStores } from './event-stores.js';

type Message = Parameters<EventStore['storeEvent']>[1];
type Sender = Parameters<EventStore['replayEventsAfter']>[1];

/**
 * Keeps the events of calls where every node reads them, for ten minutes, so that a client that comes back
 * to another node gets the rest.
 */
export class BackplaneEventStores extends McpEventStores {
  constructor(
    private readonly logs: Logs,
    private readonly limits: Pick<ResolvedMcpLimits, 'sessionEvents' | 'sessionEventLength'>,
  ) {
    super();
  }

  override create(sessionId: string): EventStore & StreamEnd {
    return new LoggedEvents(sessionId, this.logs, this.limits);
  }
}

/** A store that marks the end of a stream, for those who follow it elsewhere. */
export interface StreamEnd {
  endStream(streamId: string): Promise<void>;
}

class LoggedEvents implements EventStore, StreamEnd {
  /** Lengths of the latest events of the streams that run. */
  private readonly lengths = new Map<string, number[]>();

  constructor(
    private readonly sessionId: string,
    private readonly logs: Logs,
    private readonly limits: Pick<ResolvedMcpLimits, 'sessionEvents' | 'sessionEventLength'>,
  ) {}

  async storeEvent(streamId: string, message: Message): Promise<string> {
    const maxEntries = this.countFitting(streamId, JSON.stringify(message).length);
    const cursor = await this.append(streamId, { v: 1, message }, maxEntries);
    return `${streamId}_${cursor}`;
  }

  async endStream(streamId: string): Promise<void> {
    this.lengths.delete(streamId);
    await this.append(streamId, { v: 1, end: true }, this.limits.sessionEvents + 1);
  }

  async getStreamIdForEventId(eventId: string): Promise<string | undefined> {
    return readEventId(eventId)?.streamId;
  }

  async replayEventsAfter(lastEventId: string, { send }: Sender): Promise<string> {
    const { streamId, cursor } = readEventId(lastEventId) ?? { streamId: '', cursor: '' };
    const entries = await this.logs.read(logOf(this.sessionId, streamId), cursor);
    if (!entries) return '';
    for (const { cursor: at, message: entry } of entries) {
      const message = messageOf(entry);
      // As this or another node has stored it.
      if (message) await send(`${streamId}_${at}`, message as unknown as Message);
    }
    return streamId;
  }

  private append(streamId: string, entry: Json, maxEntries: number): Promise<string> {
    const log = logOf(this.sessionId, streamId);
    return this.logs.append(log, entry, { ttlMs: EVENTS_TTL_MS, maxEntries });
  }

  /** How many of the latest events are within the limits, with this one. */
  private countFitting(streamId: string, length: number): number {
    const { sessionEvents, sessionEventLength } = this.limits;
    const lengths = [...(this.lengths.get(streamId) ?? []), length].slice(-sessionEvents);
    let sum = lengths.reduce((all, one) => all + one, 0);
    while (lengths.length > 1 && sum > sessionEventLength) sum -= lengths.shift() ?? 0;
    this.lengths.delete(streamId);
    this.lengths.set(streamId, lengths);
    const [oldest] = this.lengths.keys();
    if (this.lengths.size > MOST_STREAMS && oldest !== undefined) this.lengths.delete(oldest);
    return lengths.length;
  }
}

/** The message of an entry; `undefined` for one of an unknown version. */
export function messageOf({ v, message }: Json): Json | undefined {
  return v === 1 && isJsonObject(message) ? message : undefined;
}

/** Name of the log of a stream. */
export function logOf(sessionId: string, streamId: string): string {
  return `events ${sessionId} ${streamId}`;
}

/** The parts of an event id, `<stream>_<cursor>`. */
export function readEventId(
  eventId: string,
): { readonly streamId: string; readonly cursor: string } | undefined {
  const [, streamId, cursor] = EVENT_ID.exec(eventId) ?? [];
  return streamId === undefined || cursor === undefined ? undefined : { streamId, cursor };
}

const EVENT_ID = /^([\w.-]{1,100})_(\d{1,16}-\d{1,16})$/;
const EVENTS_TTL_MS = 600_000;
const MOST_STREAMS = 32;

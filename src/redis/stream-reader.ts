import { setTimeout } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Cluster, Redis } from 'ioredis';
import { compareCursors } from '../backplane/backplane.js';
import { describeFailure } from '../backplane/contained-seam.js';
import { withTimeLimit } from './redis-connection.js';

/** A stream that is read, and what is called with its entries. */
export interface ReadStream {
  /** Name of its key. All keys are in one slot. */
  readonly key: string;
  /** The last entry that was read. */
  cursor: string;
  entry(cursor: string, sealed: string): void;
  /** Entries before this one were lost. */
  gap(cursor: string): void;
}

/**
 * Reads streams with one blocking connection. After an outage it goes on where it was, so that each entry
 * is read once, in order.
 */
export class StreamReader {
  private readonly logger = new Logger('RedisModule');
  private readonly streams = new Map<string, ReadStream>();
  private isStopped = false;
  private isRunning = false;
  /** Whether entries may have been cut while the connection was away. */
  private wasAway = false;
  /** Called with the cursor of each entry once its stream has it. */
  onhandled: (cursor: string) => void = () => undefined;

  /** @param client used by this class alone */
  constructor(private readonly client: Redis | Cluster) {}

  add(stream: ReadStream): void {
    this.streams.set(stream.key, stream);
  }

  remove(key: string): void {
    this.streams.delete(key);
  }

  /** Connects. The connection is made again after each loss. */
  connect(): Promise<void> {
    return this.client.connect();
  }

  /** Reads until {@link stop}. */
  start(): void {
    if (this.isRunning || this.isStopped) return;
    this.isRunning = true;
    void this.run();
  }

  stop(): void {
    this.isStopped = true;
    this.client.disconnect();
  }

  private async run(): Promise<void> {
    while (!this.isStopped) {
      try {
        if (this.client.status !== 'ready') throw new Error('not connected');
        if (this.wasAway) await this.findGaps();
        this.wasAway = false;
        await this.read();
      } catch (error) {
        if (this.isStopped) return;
        if (!this.wasAway) this.logger.debug(`Reading from Redis ${describeFailure(error)}.`);
        this.wasAway = true;
        await setTimeout(RETRY_MS, undefined, WITHOUT_HOLD);
      }
    }
  }

  private async read(): Promise<void> {
    const streams = [...this.streams.values()];
    if (streams.length === 0) return setTimeout(RETRY_MS, undefined, WITHOUT_HOLD);
    const keys = streams.map(({ key }) => key);
    const cursors = streams.map(({ cursor }) => cursor);
    const found = await this.inTime(
      this.client.xread('COUNT', MOST_ENTRIES, 'BLOCK', BLOCK_MS, 'STREAMS', ...keys, ...cursors),
    );
    for (const [key, entries] of found ?? []) {
      const stream = this.streams.get(String(key));
      for (const [cursor, [, sealed = '']] of entries) {
        if (!stream) break;
        stream.cursor = cursor;
        stream.entry(cursor, sealed);
        this.onhandled(cursor);
      }
    }
  }

  /** A blocking command has no time limit of ioredis: a server that hangs would never be noticed. */
  private inTime<T>(answer: Promise<T>): Promise<T> {
    return withTimeLimit(answer, BLOCK_MS + PATIENCE_MS, () => this.reconnect());
  }

  private reconnect(): void {
    if (!this.isStopped) this.client.disconnect(true);
  }

  /** Finds streams from which entries were cut that were not read. */
  private async findGaps(): Promise<void> {
    for (const stream of this.streams.values()) {
      const [first] = await this.inTime(this.client.xrange(stream.key, '-', '+', 'COUNT', 1));
      if (!first || compareCursors(first[0], stream.cursor) <= 0) continue;
      const info = await this.inTime(this.client.xinfo('STREAM', stream.key));
      if (memberOf(info, 'entries-added') > memberOf(info, 'length')) stream.gap(first[0]);
    }
  }
}

/** A number in the answer to XINFO, which is a list of names and values. */
function memberOf(info: unknown, name: string): number {
  return Array.isArray(info) ? Number(info[info.indexOf(name) + 1]) : 0;
}

/** The cursor before all entries. */
export const ORIGIN = '0-0';

const MOST_ENTRIES = 500;
/** How long Redis waits for an entry, in milliseconds: an idle node asks six times a minute. */
const BLOCK_MS = 10_000;
/** After which longer silence Redis counts as away, in milliseconds. */
const PATIENCE_MS = 3_000;
const RETRY_MS = 200;
/** A wait does not keep the process from ending. */
const WITHOUT_HOLD = { ref: false };

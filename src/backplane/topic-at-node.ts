import { Logger } from '@nestjs/common';
import {
  compareCursors,
  isCursor,
  type Json,
  type TopicListener,
  type TopicMessage,
} from './backplane.js';
import { describeFailure } from './contained-seam.js';
import { weightOf } from './weight-of.js';

/**
 * One topic at one node: its subscribers, and its latest messages, within a number and a size. The oldest
 * are dropped first.
 */
export class TopicAtNode {
  private readonly logger = new Logger('Backplane');
  private readonly listeners = new Set<TopicListener>();
  private messages: Kept[] = [];
  /** Index of the oldest message; those before it were dropped. */
  private first = 0;
  private bytes = 0;
  /** The last message that was dropped, or the start of this node. */
  private before: string;
  private last: string;

  /** @param start cursor from which on this node has the messages */
  constructor(start: string) {
    this.before = start;
    this.last = start;
  }

  subscribe(listener: TopicListener): () => void {
    // An object of its own, so that the same listener can subscribe twice.
    const subscription: TopicListener = {
      message: (message, cursor) => listener.message(message, cursor),
      gap: () => listener.gap?.(),
    };
    this.listeners.add(subscription);
    return () => this.listeners.delete(subscription);
  }

  /** The topic at this node begins after this cursor. */
  startAt(cursor: string): void {
    this.before = cursor;
    this.last = cursor;
  }

  /** Keeps a message, and delivers it. */
  receive(cursor: string, message: Json): void {
    this.keep(cursor, message);
    this.deliver(message, cursor);
  }

  /** Keeps a message that was delivered without a cursor. */
  keep(cursor: string, message: Json): void {
    const kept = { cursor, message, bytes: weightOf(message) };
    this.messages.push(kept);
    this.bytes += kept.bytes;
    this.last = cursor;
    while (this.messages.length - this.first > MAX_MESSAGES || this.bytes > MAX_BYTES) this.drop();
  }

  deliver(message: Json, cursor: string | undefined): void {
    for (const listener of this.listeners) {
      this.attempt(() => listener.message(message, cursor));
    }
  }

  /** Messages before this cursor were lost. */
  lost(cursor: string): void {
    this.messages = [];
    this.first = 0;
    this.bytes = 0;
    this.before = cursor;
    if (compareCursors(cursor, this.last) > 0) this.last = cursor;
    for (const listener of this.listeners) this.attempt(() => listener.gap?.());
  }

  /** The messages after a cursor; `undefined` if some of them are not here. */
  since(cursor: string): readonly TopicMessage[] | undefined {
    if (!isCursor(cursor) || compareCursors(cursor, this.before) < 0) return undefined;
    if (compareCursors(cursor, this.last) > 0) return undefined;
    const kept = this.messages.slice(this.first);
    // They are in order, and most clients missed only the last ones.
    let from = kept.length;
    while (from > 0 && compareCursors(kept[from - 1]?.cursor ?? '', cursor) > 0) from -= 1;
    return kept.slice(from);
  }

  private drop(): void {
    const oldest = this.messages[this.first];
    if (!oldest) return;
    this.first += 1;
    this.bytes -= oldest.bytes;
    this.before = oldest.cursor;
    if (this.first < MAX_MESSAGES) return;
    this.messages = this.messages.slice(this.first);
    this.first = 0;
  }

  private attempt(deliver: () => void): void {
    try {
      deliver();
    } catch (error) {
      this.logger.error(`A subscriber ${describeFailure(error)}. The others got the message.`);
    }
  }
}

interface Kept extends TopicMessage {
  readonly bytes: number;
}

const MAX_MESSAGES = 10_000;
const MAX_BYTES = 8 * 1024 * 1024;

import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import {
  compareCursors,
  type Json,
  type TopicListener,
  type TopicMessage,
  type Topics,
} from '../backplane/backplane.js';
import { TopicAtNode } from '../backplane/topic-at-node.js';
import { isJsonObject } from '../request/json-object.js';
import { NOW, RedisScript, type RedisCommands } from './redis-commands.js';
import type { Sealer } from './sealer.js';
import { ORIGIN, type ReadStream, type StreamReader } from './stream-reader.js';
import type { UnopenedLog } from './unopened-log.js';

/** Topics as Redis streams, which each node reads from where it was. */
export class RedisTopics implements Topics {
  private readonly topics = new Map<string, Topic>();
  private isStopped = false;
  /** Ids of messages that were delivered here because Redis seemed to have failed. */
  private readonly delivered = new LRUCache<string, true>({ max: MAX_DELIVERED });

  /** @param wake has the reader look for new streams */
  constructor(
    private readonly redis: RedisCommands,
    private readonly reader: StreamReader,
    private readonly sealer: Sealer,
    private readonly unopened: UnopenedLog,
    private readonly wake: () => void,
  ) {}

  async publish(topic: string, message: Json): Promise<boolean> {
    const { stream, atNode } = this.at(topic);
    const id = randomUUID();
    const sealed = this.sealer.seal({ id, message }, stream.key);
    try {
      await this.redis.call((client) =>
        client.xadd(stream.key, 'MAXLEN', '~', MAX_ENTRIES, '*', 'd', sealed),
      );
      return true;
    } catch {
      // Redis may have stored it all the same: it is not delivered again.
      this.delivered.set(id, true);
      atNode.deliver(message, undefined);
      return false;
    }
  }

  subscribe(topic: string, listener: TopicListener): () => void {
    return this.at(topic).atNode.subscribe(listener);
  }

  ready(topic: string): Promise<void> {
    return this.findEnd(this.at(topic));
  }

  since(topic: string, cursor: string): readonly TopicMessage[] | undefined {
    return this.at(topic).atNode.since(cursor);
  }

  /** Finds where each topic ends, so that nothing from before the start is read. @throws {BackplaneError} */
  async findEnds(): Promise<void> {
    await Promise.all([...this.topics.values()].map((topic) => this.findEnd(topic)));
  }

  private at(name: string): Topic {
    const known = this.topics.get(name);
    if (known) return known;
    const key = this.redis.topicKey('b', name);
    const topic: Topic = {
      stream: {
        key,
        cursor: ORIGIN,
        entry: (cursor, sealed) => this.receive(topic, cursor, sealed),
        gap: (cursor) => topic.atNode.lost(cursor),
      },
      atNode: new TopicAtNode(ORIGIN),
      isPlaced: false,
      isLate: false,
      subscribedAt: performance.now(),
    };
    this.topics.set(name, topic);
    void this.place(topic);
    return topic;
  }

  /** Tries until the end of a topic is found: an attempt may time out on a connection that stands. */
  private async place(topic: Topic): Promise<void> {
    while (!topic.isPlaced && !this.isStopped) {
      try {
        await this.findEnd(topic);
      } catch {
        await setTimeout(RETRY_MS, undefined, { ref: false });
      }
    }
  }

  stop(): void {
    this.isStopped = true;
  }

  /** The reader gets a topic once its end is known. Called again after an outage. */
  private async findEnd(topic: Topic): Promise<void> {
    if (topic.isPlaced) return;
    const { stream } = topic;
    let answer: unknown;
    try {
      answer = await this.redis.script(END, stream.key);
    } catch (error) {
      topic.isLate = true;
      throw error;
    }
    if (topic.isPlaced) return;
    topic.isPlaced = true;
    stream.cursor = cursorAt(topic.subscribedAt, answer);
    topic.atNode.startAt(stream.cursor);
    this.reader.add(stream);
    this.wake();
    // What was published since the subscription is unknown.
    if (topic.isLate) topic.atNode.lost(stream.cursor);
  }

  private receive({ atNode, stream }: Topic, cursor: string, sealed: string): void {
    const opened = this.sealer.open(sealed, stream.key);
    const message = opened?.['message'];
    if (!opened || !isJsonObject(message)) return this.unopened.log('A message');
    atNode.keep(cursor, message);
    if (!this.delivered.delete(String(opened['id']))) atNode.deliver(message, cursor);
  }
}

interface Topic {
  readonly stream: ReadStream;
  readonly atNode: TopicAtNode;
  isPlaced: boolean;
  /** Whether its end was not found at once. */
  isLate: boolean;
  /** By the monotonic clock. */
  readonly subscribedAt: number;
}

/** The clock of Redis, and the last entry. */
const END = new RedisScript(`${NOW}
  local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
  return { string.format('%.0f', now), last and last[1] or '' }
`);

/**
 * The cursor before all entries since the subscription, by the clock of Redis: its answer was under way for a
 * while. The last entry may be later than this clock, after a failover.
 */
function cursorAt(subscribedAt: number, answer: unknown): string {
  const [now = '', last = ''] = (answer as unknown[]).map(String);
  const since = Math.floor(Number(now) - (performance.now() - subscribedAt)) - 1;
  const isAhead = last !== '' && compareCursors(last, `${now}-0`) > 0;
  return isAhead ? last : `${Math.max(0, since)}-0`;
}

const RETRY_MS = 1_000;
const MAX_ENTRIES = 10_000;
const MAX_DELIVERED = 10_000;

import { LRUCache } from 'lru-cache';
import type {
  Json,
  LogBounds,
  Logs,
  MailHandler,
  Mailbox,
  TopicListener,
  TopicMessage,
  Topics,
} from './backplane.js';
import { BackplaneError, NodeGoneError } from './backplane.errors.js';
import { TopicAtNode } from './topic-at-node.js';

export class InProcessTopics implements Topics {
  private readonly topics = new Map<string, TopicAtNode>();
  private readonly cursors = new Cursors();

  async publish(topic: string, message: Json): Promise<boolean> {
    this.at(topic).receive(this.cursors.next(), message);
    return true;
  }

  subscribe(topic: string, listener: TopicListener): () => void {
    return this.at(topic).subscribe(listener);
  }

  async ready(): Promise<void> {}

  since(topic: string, cursor: string): readonly TopicMessage[] | undefined {
    return this.at(topic).since(cursor);
  }

  private at(name: string): TopicAtNode {
    const known = this.topics.get(name);
    if (known) return known;
    const topic = new TopicAtNode(this.cursors.next());
    this.topics.set(name, topic);
    return topic;
  }
}

/** Cursors of one process: `<milliseconds>-<number>`, each later than all before it. */
class Cursors {
  private time = 0;
  private count = 0;

  next(): string {
    this.count += 1;
    const now = Date.now();
    if (now > this.time) {
      this.time = now;
      this.count = 0;
    }
    return `${this.time}-${this.count}`;
  }
}

export class InProcessLogs implements Logs {
  private readonly logs = new LRUCache<string, TopicMessage[]>({ max: MAX_KEYS });
  private readonly cursors = new Cursors();

  async append(log: string, entry: Json, { maxEntries }: LogBounds): Promise<string> {
    const entries = this.logs.get(log) ?? [];
    const cursor = this.cursors.next();
    entries.push({ cursor, message: structuredClone(entry) });
    if (entries.length > maxEntries) entries.shift();
    this.logs.set(log, entries);
    return cursor;
  }

  async read(log: string, after?: string): Promise<readonly TopicMessage[] | undefined> {
    const entries = this.logs.get(log);
    if (!entries) return undefined;
    if (after === undefined) return [...entries];
    const at = entries.findIndex(({ cursor }) => cursor === after);
    return at < 0 ? undefined : entries.slice(at + 1);
  }
}

export class InProcessMailbox implements Mailbox {
  private readonly handlers = new Map<string, MailHandler>();

  constructor(private readonly nodeId: string) {}

  async ask(node: string, subject: string, message: Json): Promise<Json> {
    if (node !== this.nodeId) throw new NodeGoneError();
    const handler = this.handlers.get(subject);
    if (!handler) throw new BackplaneError('the node has no handler for this message');
    try {
      return structuredClone(await handler(structuredClone(message), node));
    } catch (cause) {
      throw new BackplaneError('the handler of a message failed', { cause });
    }
  }

  handle(subject: string, handler: MailHandler): () => void {
    this.handlers.set(subject, handler);
    return () => void this.handlers.delete(subject);
  }
}

const MAX_KEYS = 10_000;

import {
  Backplane,
  type Counters,
  type Json,
  type Leases,
  type Logs,
  type Mailbox,
  type MailHandler,
  type Records,
  type Topics,
} from '../../../src/backplane/backplane.js';
import { BackplaneError, NodeGoneError } from '../../../src/backplane/backplane.errors.js';
import { InProcessBackplane } from '../../../src/backplane/in-process-backplane.js';
import { createNodeId } from '../../../src/backplane/node-id.js';

/** Several nodes in one process, over an engine that a test can take away. */
export class ServiceOfNodes {
  readonly engine = new InProcessBackplane();
  readonly nodes: NodeInProcess[] = [];
  private isAway = false;

  node(): NodeInProcess {
    const node = new NodeInProcess(this);
    this.nodes.push(node);
    return node;
  }

  get isReachable(): boolean {
    return !this.isAway;
  }

  away(): void {
    this.isAway = true;
  }

  back(): void {
    this.isAway = false;
    for (const node of this.nodes) node.tellReachable();
  }

  assertThere(): void {
    if (this.isAway) throw new BackplaneError('ECONNREFUSED 6379');
  }
}

/** A node of a {@link ServiceOfNodes}. */
export class NodeInProcess extends Backplane {
  readonly isShared = true;
  readonly nodeId = createNodeId();
  readonly records: Records;
  readonly counters: Counters;
  readonly topics: Topics;
  readonly logs: Logs;
  readonly mailbox: Mailbox;
  readonly leases: Leases;
  /** Whether it takes part; a node that does not is dead, or frozen. */
  isAlive = true;
  /** Whether others have cleaned up after it. */
  isForgotten = false;
  /** Messages to it are lost. */
  isDeaf = false;
  /** Calls of the engine, by name. */
  readonly calls: string[] = [];
  private readonly handlers = new Map<string, MailHandler>();
  private readonly reached = new Set<() => void>();
  private readonly lost = new Set<() => void>();

  constructor(private readonly service: ServiceOfNodes) {
    super();
    const { engine } = service;
    this.records = this.guarded('records', engine.records);
    this.counters = this.guarded('counters', engine.counters);
    this.logs = this.guarded('logs', engine.logs);
    this.topics = {
      publish: async (topic, message) => {
        service.assertThere();
        this.calls.push('topics.publish');
        return engine.topics.publish(topic, message);
      },
      subscribe: (topic, listener) => engine.topics.subscribe(topic, listener),
      since: (topic, cursor) => engine.topics.since(topic, cursor),
      ready: (topic) => engine.topics.ready(topic),
      latest: (topic) => engine.topics.latest(topic),
    };
    this.mailbox = {
      handle: (subject, handler) => {
        this.handlers.set(subject, handler);
        return () => void this.handlers.delete(subject);
      },
      ask: async (node, subject, message) => {
        service.assertThere();
        this.calls.push('mailbox.ask');
        const asked = service.nodes.find(({ nodeId }) => nodeId === node);
        if (!asked?.isAlive) throw new NodeGoneError();
        if (asked.isDeaf) throw new BackplaneError('it did not answer in time');
        return asked.receive(subject, message, this.nodeId);
      },
    };
    this.leases = {
      isAlive: async (node) => {
        service.assertThere();
        return service.nodes.some(({ nodeId, isAlive }) => nodeId === node && isAlive);
      },
      gone: async () => {
        service.assertThere();
        const gone = service.nodes.filter(
          (node) => node !== this && !node.isAlive && !node.isForgotten,
        );
        return gone.map(({ nodeId }) => nodeId);
      },
      forget: async (node) => {
        for (const one of service.nodes) if (one.nodeId === node) one.isForgotten = true;
      },
      onLost: (listener) => {
        this.lost.add(listener);
        return () => this.lost.delete(listener);
      },
      acquire: (...lease) => engine.leases.acquire(...lease),
      holderOf: (name) => engine.leases.holderOf(name),
    };
  }

  override get isReachable(): boolean {
    return this.service.isReachable;
  }

  override keys(purpose: string): readonly [Uint8Array, ...Uint8Array[]] {
    return this.service.engine.keys(purpose);
  }

  override onReachable(listener: () => void): () => void {
    this.reached.add(listener);
    if (this.isReachable) listener();
    return () => this.reached.delete(listener);
  }

  override onDataLost(): () => void {
    return () => undefined;
  }

  tellReachable(): void {
    for (const listener of this.reached) listener();
  }

  /** It takes part again, after others have taken it for dead. */
  thaw(): void {
    this.isAlive = true;
    for (const listener of this.lost) listener();
  }

  private async receive(subject: string, message: Json, from: string): Promise<Json> {
    const answer = await this.handlers.get(subject)?.(structuredClone(message), from);
    if (!answer) throw new BackplaneError('the node has no handler');
    return structuredClone(answer);
  }

  /** The part of the engine, which fails while the engine is away or this node is frozen. */
  private guarded<T extends object>(name: string, part: T): T {
    return new Proxy(part, {
      get:
        (target, key) =>
        async (...given: unknown[]) => {
          this.service.assertThere();
          this.calls.push(`${name}.${String(key)}`);
          const method: unknown = Reflect.get(target, key);
          return (method as (...all: unknown[]) => unknown).apply(target, given);
        },
    });
  }
}

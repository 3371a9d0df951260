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
} from '../../src/backplane/backplane.js';
import { BackplaneError, NodeGoneError } from '../../src/backplane/backplane.errors.js';
import { InProcessBackplane } from '../../src/backplane/in-process-backplane.js';
import { createNodeId } from '../../src/backplane/node-id.js';

/** Several nodes in one process, over an engine in place of Redis. */
export class ServiceOfNodes {
  readonly nodes: NodeInProcess[] = [];
  /** Commands of all nodes that the engine has answered, such as `counters.members`. */
  readonly commands: string[] = [];
  /** @param clock of the engine, in milliseconds since the epoch */
  constructor(readonly clock: () => number = () => Date.now()) {}

  private current = new InProcessBackplane(() => this.clock());

  get engine(): InProcessBackplane {
    return this.current;
  }

  node(): NodeInProcess {
    const node = new NodeInProcess(this);
    this.nodes.push(node);
    return node;
  }

  /** The engine answers no node. */
  away(): void {
    for (const node of this.nodes) node.goAway();
  }

  back(): void {
    for (const node of this.nodes) node.comeBack();
  }

  /** Everything that was stored is gone, and the nodes notice it or not. Topics go on. */
  loseData({ isNoticed = true } = {}): void {
    const { topics } = this.current;
    this.current = Object.assign(new InProcessBackplane(() => this.clock()), { topics });
    for (const node of this.nodes) if (isNoticed) node.noticeLoss();
  }
}

/** A node of a {@link ServiceOfNodes}. */
export class NodeInProcess extends Backplane {
  readonly isShared = true;
  readonly nodeId = createNodeId();
  readonly records: Records = this.part('records');
  readonly counters: Counters = this.part('counters');
  readonly logs: Logs = this.part('logs');
  readonly topics: Topics;
  readonly mailbox: Mailbox;
  readonly leases: Leases;
  /** Whether it takes part; a node that does not is dead, or frozen. */
  isAlive = true;
  /** Whether others have cleaned up after it. */
  isForgotten = false;
  /** Messages to it are lost. */
  isDeaf = false;
  private isAway = false;
  private readonly handlers = new Map<string, MailHandler>();
  private readonly reached = new Set<() => void>();
  private readonly lost = new Set<() => void>();
  private readonly flushed = new Set<() => void>();

  constructor(private readonly service: ServiceOfNodes) {
    super();
    const { topics, leases } = service.engine;
    this.topics = {
      publish: async (topic, message) =>
        !this.isAway && (await this.run('topics.publish', () => topics.publish(topic, message))),
      subscribe: (topic, listener) => topics.subscribe(topic, listener),
      since: (topic, cursor) => topics.since(topic, cursor),
      ready: (topic) => this.run('topics.ready', () => topics.ready(topic)),
    };
    this.mailbox = {
      handle: (subject, handler) => {
        this.handlers.set(subject, handler);
        return () => void this.handlers.delete(subject);
      },
      ask: (node, subject, message) =>
        this.run('mailbox.ask', () => {
          const asked = service.nodes.find(({ nodeId }) => nodeId === node);
          if (!asked?.isAlive) throw new NodeGoneError();
          if (asked.isDeaf) throw new BackplaneError('it did not answer in time');
          return asked.receive(subject, message, this.nodeId);
        }),
    };
    this.leases = {
      isAlive: (node) =>
        this.run('leases.isAlive', () =>
          service.nodes.some(({ nodeId, isAlive }) => nodeId === node && isAlive),
        ),
      gone: () =>
        this.run('leases.gone', () =>
          service.nodes
            .filter((node) => node !== this && !node.isAlive && !node.isForgotten)
            .map(({ nodeId }) => nodeId),
        ),
      forget: async (node) => {
        for (const one of service.nodes) if (one.nodeId === node) one.isForgotten = true;
      },
      onLost: (listener) => {
        this.lost.add(listener);
        return () => this.lost.delete(listener);
      },
      acquire: (...lease) => this.run('leases.acquire', () => leases.acquire(...lease)),
    };
  }

  override get isReachable(): boolean {
    return !this.isAway;
  }

  /** The engine does not answer this node. */
  goAway(): void {
    this.isAway = true;
  }

  comeBack(): void {
    this.isAway = false;
    for (const listener of this.reached) listener();
  }

  noticeLoss(): void {
    for (const listener of this.flushed) listener();
  }

  /** It takes part again, after others have taken it for dead. */
  thaw(): void {
    this.isAlive = true;
    for (const listener of this.lost) listener();
  }

  override now(): number {
    return this.service.clock();
  }

  override keys(purpose: string): readonly [Uint8Array, ...Uint8Array[]] {
    return this.service.engine.keys(purpose);
  }

  override onReachable(listener: () => void): () => void {
    this.reached.add(listener);
    if (this.isReachable) listener();
    return () => this.reached.delete(listener);
  }

  override onDataLost(listener: () => void): () => void {
    this.flushed.add(listener);
    return () => this.flushed.delete(listener);
  }

  private async receive(subject: string, message: Json, from: string): Promise<Json> {
    const answer = await this.handlers.get(subject)?.(structuredClone(message), from);
    if (!answer) throw new BackplaneError('the node has no handler');
    return structuredClone(answer);
  }

  /** A part of the engine, whose methods fail while it is away. */
  private part<K extends 'records' | 'counters' | 'logs'>(name: K): Backplane[K] {
    return new Proxy({} as Backplane[K], {
      get:
        (_, method: string) =>
        (...args: unknown[]) =>
          this.run(`${name}.${method}`, () => {
            const part = this.service.engine[name] as unknown as Record<string, Function>;
            return part[method]?.apply(part, args);
          }),
    });
  }

  private async run<T>(command: string, answer: () => T | Promise<T>): Promise<T> {
    if (this.isAway) throw new BackplaneError('ECONNREFUSED 6379');
    this.service.commands.push(command);
    return answer();
  }
}

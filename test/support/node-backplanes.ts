import { Backplane } from '../../src/backplane/backplane.js';
import { BackplaneError } from '../../src/backplane/backplane.errors.js';
import { InProcessBackplane } from '../../src/backplane/in-process-backplane.js';
import { createNodeId } from '../../src/backplane/node-id.js';

/** What nodes in one process share in place of Redis. */
export class SharedEngine {
  /** Commands of all nodes, such as `counters.members`. */
  readonly commands: string[] = [];
  private readonly nodes = new Set<NodeBackplane>();
  private engine = new InProcessBackplane();

  get parts(): InProcessBackplane {
    return this.engine;
  }

  /** A backplane for one more node. */
  node(): NodeBackplane {
    const node = new NodeBackplane(this);
    this.nodes.add(node);
    return node;
  }

  /** Everything that was stored is gone, and the nodes notice it or not. Topics go on. */
  loseData({ isNoticed = true } = {}): void {
    const { topics } = this.engine;
    this.engine = Object.assign(new InProcessBackplane(), { topics });
    for (const node of this.nodes) if (isNoticed) node.noticeLoss();
  }
}

/** The backplane of one node. */
export class NodeBackplane extends Backplane {
  readonly isShared = true;
  readonly nodeId = createNodeId();
  readonly records = this.part('records');
  readonly topics = this.part('topics');
  readonly logs = this.part('logs');
  readonly mailbox = this.part('mailbox');
  readonly counters = this.part('counters');
  readonly leases = this.part('leases');
  private readonly reached = new Set<() => void>();
  private readonly flushed = new Set<() => void>();
  private isAway = false;

  constructor(private readonly engine: SharedEngine) {
    super();
  }

  get isReachable(): boolean {
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

  override keys(purpose: string) {
    return this.engine.parts.keys(purpose);
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

  /** A part of the engine, whose methods fail while it is away. */
  private part<K extends Part>(name: K): Backplane[K] {
    return new Proxy({} as Backplane[K], {
      get:
        (_, method: string) =>
        (...args: unknown[]) => {
          if (this.isAway && !SYNCHRONOUS.has(method)) {
            if (method === 'publish') return Promise.resolve(false);
            return Promise.reject(new BackplaneError('the engine is away'));
          }
          this.engine.commands.push(`${name}.${method}`);
          const part = this.engine.parts[name] as unknown as Record<string, Function>;
          return part[method]?.apply(part, args);
        },
    });
  }
}

type Part = 'records' | 'topics' | 'logs' | 'mailbox' | 'counters' | 'leases';
const SYNCHRONOUS = new Set(['subscribe', 'since', 'latest', 'handle', 'onLost']);

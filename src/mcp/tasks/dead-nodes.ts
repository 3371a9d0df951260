import type { Backplane } from '../../backplane/backplane.js';
import type { ContainedTaskStore } from './task-store.js';

/** Times of the nodes of a service that share tasks, in milliseconds. */
export interface TaskTimes {
  /** How often the tasks of dead nodes are ended. */
  readonly sweepMs: number;
  /** Time in which nodes that live renew their leases after an outage. */
  readonly renewedMs: number;
  /** Time for which a node that lives is taken to live. */
  readonly aliveMs: number;
}

/** With a lease of 15 s, the tasks of a node that was killed have failed within 25 s. */
export const TASK_TIMES: TaskTimes = { sweepMs: 8_000, renewedMs: 7_000, aliveMs: 5_000 };

/** Which nodes have died, as this node knows. */
export class DeadNodes {
  /** Nodes that lived at this time, in milliseconds of the monotonic clock. */
  private readonly alive = new Map<string, number>();
  /** Nodes that have died, by the time at which their tasks were ended. */
  private readonly ended = new Map<string, number>();
  /** When the engine answered again. */
  private reachableSince: number | undefined;

  constructor(
    private readonly backplane: Backplane,
    private readonly contained: ContainedTaskStore,
    private readonly times: TaskTimes,
  ) {}

  get isReachable(): boolean {
    return this.reachableSince !== undefined;
  }

  /** The engine does not answer. */
  unreachable(): void {
    this.reachableSince = undefined;
  }

  /** The engine answers, for the first time or again. */
  reachable(): void {
    this.reachableSince = performance.now();
    this.alive.clear();
  }

  /**
   * Whether a node whose lease has ended is dead: after an outage of the engine, nodes that live first
   * need to renew their leases.
   */
  get isKnown(): boolean {
    const { reachableSince } = this;
    if (reachableSince === undefined || !this.backplane.isReachable) return false;
    return performance.now() - reachableSince >= this.times.renewedMs;
  }

  /** Whether a node has died. False while the engine does not answer. */
  async has(node: string): Promise<boolean> {
    if (node === this.backplane.nodeId || !this.isKnown) return false;
    const now = performance.now();
    if (now - (this.alive.get(node) ?? Number.NEGATIVE_INFINITY) < this.times.aliveMs) return false;
    try {
      if (!(await this.contained.run(() => this.backplane.leases.isAlive(node)))) return true;
    } catch {
      return false;
    }
    if (this.alive.size >= MAX_ALIVE) this.alive.clear();
    this.alive.set(node, now);
    return false;
  }

  /** Calls back once for each node that has died. @throws {BackplaneError} */
  async sweep(died: (node: string) => Promise<void>): Promise<void> {
    if (!this.isKnown) return;
    const { leases } = this.backplane;
    for (const node of await leases.gone()) {
      const endedAt = this.ended.get(node);
      if (endedAt === undefined) {
        await died(node);
        this.ended.set(node, performance.now());
      } else if (performance.now() - endedAt > FORGET_MS) {
        // Meanwhile every node, and every server of each, has found it.
        await leases.forget(node);
        this.ended.delete(node);
      }
    }
  }
}

const MAX_ALIVE = 1_000;
const FORGET_MS = 10 * 60_000;

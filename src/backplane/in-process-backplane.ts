import { hkdfSync, randomBytes } from 'node:crypto';
import {
  Backplane,
  type Counters,
  type Leases,
  type Logs,
  type Mailbox,
  type Records,
  type Topics,
} from './backplane.js';
import { InProcessLogs, InProcessMailbox, InProcessTopics } from './in-process-messages.js';
import { InProcessCounters, InProcessLeases, InProcessRecords } from './in-process-state.js';
import { createNodeId } from './node-id.js';

/** The backplane of a service that is one process, in bounded memory. */
export class InProcessBackplane extends Backplane {
  readonly isShared = false;
  readonly isReachable = true;
  readonly nodeId = createNodeId();
  readonly records: Records;
  readonly topics: Topics = new InProcessTopics();
  readonly logs: Logs = new InProcessLogs();
  readonly mailbox: Mailbox = new InProcessMailbox(this.nodeId);
  readonly counters: Counters;
  readonly leases: Leases;
  private readonly secret = randomBytes(32);

  /** @param now milliseconds since the epoch. Default: the clock of the system */
  constructor(private readonly clock: () => number = () => Date.now()) {
    super();
    const now = clock;
    this.records = new InProcessRecords(now);
    this.counters = new InProcessCounters(now);
    this.leases = new InProcessLeases(this.nodeId, now);
  }

  override now(): number {
    return this.clock();
  }

  override keys(purpose: string): readonly [Uint8Array] {
    return [new Uint8Array(hkdfSync('sha256', this.secret, '', purpose, 32))];
  }

  override onReachable(listener: () => void): () => void {
    listener();
    return () => undefined;
  }

  override onDataLost(): () => void {
    return () => undefined;
  }
}

import { LRUCache } from 'lru-cache';
import type {
  Counters,
  Hits,
  HitSums,
  Json,
  Lease,
  Leases,
  Records,
  RecordWrite,
  SetEntry,
  StoredRecord,
} from './backplane.js';

/** Values with an end. */
interface Ending<T> {
  readonly value: T;
  readonly until: number;
}

export class InProcessRecords implements Records {
  private readonly kept = new LRUCache<string, Ending<StoredRecord>>({ max: MAX_KEYS });
  private revisions = 0;

  constructor(private readonly now: () => number) {}

  async get(key: string): Promise<StoredRecord | undefined> {
    return this.find(key);
  }

  async put(key: string, value: Json, write: RecordWrite): Promise<number | undefined> {
    const { ttlMs, revision: expected } = write;
    if (expected !== undefined && expected !== (this.find(key)?.revision ?? 0)) return undefined;
    this.revisions += 1;
    const revision = this.revisions;
    // A copy, as it would come back from an engine.
    const record = { value: structuredClone(value), revision };
    this.kept.set(key, { value: record, until: this.now() + ttlMs });
    return revision;
  }

  async touch(key: string, ttlMs: number): Promise<boolean> {
    const value = this.find(key);
    if (value) this.kept.set(key, { value, until: this.now() + ttlMs });
    return value !== undefined;
  }

  async delete(key: string, revision?: number): Promise<boolean> {
    const found = this.find(key);
    if (!found || (revision !== undefined && revision !== found.revision)) return false;
    return this.kept.delete(key);
  }

  private find(key: string): StoredRecord | undefined {
    const found = this.kept.get(key);
    return found && found.until > this.now() ? found.value : undefined;
  }
}

export class InProcessCounters implements Counters {
  private readonly windows = new LRUCache<string, Windows>({ max: MAX_KEYS });
  private readonly sets = new LRUCache<string, Map<string, number>>({ max: MAX_KEYS });

  constructor(private readonly now: () => number) {}

  async addHits(hits: readonly Hits[]): Promise<readonly HitSums[]> {
    return hits.map((one) => this.add(one));
  }

  private add({ key, windowMs, hits, limit = Infinity }: Hits): HitSums {
    const now = this.now();
    const window = Math.floor(now / windowMs);
    const known = this.windows.get(key) ?? { window, current: 0, earlier: 0 };
    const moved = moveTo(window, known);
    const elapsedMs = now % windowMs;
    const estimate = moved.current + moved.earlier * (1 - elapsedMs / windowMs);
    const isCounted = hits === 0 || estimate + hits <= limit;
    const current = moved.current + (isCounted ? hits : 0);
    this.windows.set(key, { ...moved, current });
    return { key, current, earlier: moved.earlier, elapsedMs, isCounted };
  }

  async enter(
    set: string,
    member: string,
    { max, ttlMs, evicts = false }: SetEntry,
  ): Promise<{ readonly isMember: boolean; readonly evicted: readonly string[] }> {
    const members = this.alive(set);
    const evicted: string[] = [];
    if (!members.has(member) && members.size >= max) {
      if (!evicts) return { isMember: false, evicted };
      for (const first of inOrder(members).slice(0, members.size - max + 1)) {
        members.delete(first);
        evicted.push(first);
      }
    }
    members.delete(member);
    members.set(member, this.now() + ttlMs);
    this.sets.set(set, members);
    return { isMember: true, evicted };
  }

  async leave(set: string, member: string): Promise<void> {
    this.sets.get(set)?.delete(member);
  }

  async members(set: string): Promise<readonly string[]> {
    return inOrder(this.alive(set));
  }

  private alive(set: string): Map<string, number> {
    const now = this.now();
    return new Map([...(this.sets.get(set) ?? [])].filter(([, until]) => until > now));
  }
}

/** Members in the order in which they fall out. */
function inOrder(members: ReadonlyMap<string, number>): readonly string[] {
  return [...members].toSorted(([, one], [, other]) => one - other).map(([member]) => member);
}

interface Windows {
  readonly window: number;
  readonly current: number;
  readonly earlier: number;
}

function moveTo(window: number, known: Windows): Windows {
  if (known.window === window) return known;
  return { window, current: 0, earlier: known.window === window - 1 ? known.current : 0 };
}

export class InProcessLeases implements Leases {
  /** When the held leases end, and the numbers of their holders. */
  private readonly held = new Map<string, Ending<number>>();
  private count = 0;

  constructor(
    private readonly nodeId: string,
    private readonly now: () => number,
  ) {}

  async isAlive(node: string): Promise<boolean> {
    return node === this.nodeId;
  }

  async gone(): Promise<readonly string[]> {
    return [];
  }

  async forget(): Promise<void> {}

  onLost(): () => void {
    return () => undefined;
  }

  async acquire(name: string, ttlMs: number): Promise<Lease | undefined> {
    this.forgetEnded();
    if (this.held.has(name)) return undefined;
    this.count += 1;
    const holder = this.count;
    this.held.set(name, { value: holder, until: this.now() + ttlMs });
    return {
      release: async () => {
        if (this.held.get(name)?.value === holder) this.held.delete(name);
      },
    };
  }

  private forgetEnded(): void {
    const now = this.now();
    for (const [name, { until }] of this.held) if (until <= now) this.held.delete(name);
  }
}

const MAX_KEYS = 10_000;

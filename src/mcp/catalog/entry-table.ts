import { decide } from '../../access/decide.js';
import type { Principal } from '../../access/principal.js';
import type { CatalogEntry } from './catalog-entry.js';
import { DuplicateEntryError } from './duplicate-entry.error.js';

/** The entries of one kind, ordered by key, whatever order they came in. */
export class EntryTable<E extends CatalogEntry> {
  private readonly entries = new Map<string, E>();
  private ordered: readonly E[] = [];

  /** @param kind for messages, such as `tool` */
  constructor(private readonly kind: string) {}

  get size(): number {
    return this.entries.size;
  }

  get all(): readonly E[] {
    return this.ordered;
  }

  get(key: string): E | undefined {
    return this.entries.get(key);
  }

  /** @throws {DuplicateEntryError} */
  add(entry: E): void {
    const earlier = this.entries.get(entry.key);
    if (earlier) throw new DuplicateEntryError(this.kind, entry.key, earlier.source, entry.source);
    this.entries.set(entry.key, entry);
    this.order();
  }

  /** @returns whether there was one */
  remove(key: string): boolean {
    const removed = this.entries.delete(key);
    if (removed) this.order();
    return removed;
  }

  /** The entries that this caller may use, and no others. */
  visibleTo(principal: Principal | undefined): readonly E[] {
    return this.ordered.filter(({ access }) => decide(access, principal).outcome === 'allow');
  }

  private order(): void {
    this.ordered = [...this.entries.values()].toSorted(byKey);
  }
}

function byKey(one: CatalogEntry, other: CatalogEntry): number {
  return one.key < other.key ? -1 : Number(one.key > other.key);
}

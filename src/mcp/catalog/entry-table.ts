import type { AccessRule } from '../../access/access-rule.js';
import type { RequestAccess } from '../../access/request-access.js';
import { andThen, type MaybePromise } from '../../request/value-or-promise.js';
import type { CatalogEntry } from './catalog-entry.js';
import { DuplicateEntryError } from '../mcp.errors.js';

/** The entries of one kind, ordered by key, whatever order they came in. */
export class EntryTable<E extends CatalogEntry> {
  private readonly entries = new Map<string, E>();
  /** Rules of entries that were there once, by key, the last hundred. */
  private readonly former = new Map<string, AccessRule>();
  /** Made when somebody asks: a catalog of a thousand entries is not sorted a thousand times. */
  private ordered: Ordered<E> | undefined;

  /**
   * @param kind for messages, such as `tool`
   * @param identify what keys have in common that name the same entry. Default: the key itself
   */
  constructor(
    private readonly kind: string,
    private readonly identify: (key: string) => string = (key) => key,
  ) {}

  get size(): number {
    return this.entries.size;
  }

  get all(): readonly E[] {
    return this.order().entries;
  }

  /** The distinct rules of the entries. */
  get rules(): readonly AccessRule[] {
    return this.order().rules;
  }

  /** The same, with those of entries that were retired: a change of the list concerns them, too. */
  get rulesSoFar(): readonly AccessRule[] {
    return this.former.size === 0 ? this.rules : [...this.rules, ...this.former.values()];
  }

  /** The rule of an entry, also of one that was retired. */
  ruleOf(key: string): AccessRule | undefined {
    const identity = this.identify(key);
    return this.entries.get(identity)?.access ?? this.former.get(identity);
  }

  get(key: string): E | undefined {
    return this.entries.get(this.identify(key));
  }

  /** @returns what takes the entry out again @throws {DuplicateEntryError} */
  add(entry: E): () => void {
    const identity = this.identify(entry.key);
    const earlier = this.entries.get(identity);
    if (earlier) throw new DuplicateEntryError(this.kind, entry.key, earlier.source, entry.source);
    this.entries.set(identity, entry);
    this.former.delete(identity);
    this.ordered = undefined;
    return () => this.remove(entry.key);
  }

  /** @returns whether there was one */
  remove(key: string): boolean {
    const removed = this.entries.delete(this.identify(key));
    if (removed) this.ordered = undefined;
    return removed;
  }

  /** Removes an entry that callers have seen. @returns whether there was one */
  retire(key: string): boolean {
    const rule = this.get(key)?.access;
    if (!rule) return false;
    const oldest = this.former.size >= MAX_FORMER ? this.former.keys().next().value : undefined;
    if (oldest !== undefined) this.former.delete(oldest);
    this.former.set(this.identify(key), rule);
    return this.remove(key);
  }

  /**
   * The entries that this caller may use, and no others.
   *
   * @throws {AccessRefusedError} where that cannot be decided at the moment
   */
  visibleTo(access: RequestAccess): MaybePromise<readonly E[]> {
    const { entries, rules } = this.order();
    return andThen(access.allowed(rules), (allowed) =>
      allowed.size === rules.length ? entries : entries.filter((one) => allowed.has(one.access)),
    );
  }

  private order(): Ordered<E> {
    if (this.ordered) return this.ordered;
    const entries = [...this.entries.values()].toSorted(byKey);
    this.ordered = { entries, rules: [...new Set(entries.map(({ access }) => access))] };
    return this.ordered;
  }
}

const MAX_FORMER = 100;

interface Ordered<E> {
  readonly entries: readonly E[];
  readonly rules: readonly AccessRule[];
}

function byKey(one: CatalogEntry, other: CatalogEntry): number {
  return one.key < other.key ? -1 : Number(one.key > other.key);
}

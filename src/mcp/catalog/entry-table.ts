import type { AccessRule } from '../../access/access-rule.js';
import type { RequestAccess } from '../../access/request-access.js';
import { andThen, type MaybePromise } from '../../request/value-or-promise.js';
import { DuplicateEntryError } from '../mcp.errors.js';
import type { CatalogEntry } from './catalog-entry.js';

/** The entries of one kind, ordered by key. */
export class EntryTable<E extends CatalogEntry> {
  private readonly entries = new Map<string, E>();
  /** The last hundred removed entries, by key. */
  private readonly retired = new Map<string, RuledEntry>();
  /** Created on first use, so that a catalog of a thousand entries is sorted once. */
  private ordered: Ordered<E> | undefined;

  /**
   * @param kind for messages, such as `tool`
   * @param identify maps equivalent keys to the same text. Default: the key itself
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

  /**
   * The same, with the rules of retired entries: their callers also notice a change of the list.
   */
  get rulesSoFar(): readonly AccessRule[] {
    if (this.retired.size === 0) return this.rules;
    return [...this.rules, ...[...this.retired.values()].map(({ access }) => access)];
  }

  /** Whether the condition holds for an entry, or for a retired entry. */
  someSoFar(condition: (entry: RuledEntry) => boolean): boolean {
    return this.all.some(condition) || [...this.retired.values()].some(condition);
  }

  /** The rule of an entry, or of a retired entry. */
  ruleOf(key: string): AccessRule | undefined {
    const identity = this.identify(key);
    return (this.entries.get(identity) ?? this.retired.get(identity))?.access;
  }

  get(key: string): E | undefined {
    return this.entries.get(this.identify(key));
  }

  /** @returns a function that removes the entry @throws {DuplicateEntryError} */
  add(entry: E): () => void {
    const identity = this.identify(entry.key);
    const earlier = this.entries.get(identity);
    if (earlier) throw new DuplicateEntryError(this.kind, entry.key, earlier.source, entry.source);
    this.entries.set(identity, entry);
    this.retired.delete(identity);
    this.ordered = undefined;
    return () => this.remove(entry.key);
  }

  /** @returns whether the entry existed */
  remove(key: string): boolean {
    const removed = this.entries.delete(this.identify(key));
    if (removed) this.ordered = undefined;
    return removed;
  }

  /** Removes an entry that callers may have seen. @returns whether the entry existed */
  retire(key: string): boolean {
    const entry = this.get(key);
    if (!entry) return false;
    const { access, listed } = entry;
    const oldest = this.retired.size >= MAX_RETIRED ? this.retired.keys().next().value : undefined;
    if (oldest !== undefined) this.retired.delete(oldest);
    this.retired.set(this.identify(key), { access, listed });
    return this.remove(key);
  }

  /**
   * The entries that this caller may use, and those that it is offered.
   *
   * @param isOffered entries that are listed whether or not the caller may use them. Default: none
   * @throws {AccessRefusedError} the decision is not possible now
   */
  visibleTo(
    access: RequestAccess,
    isOffered: (entry: RuledEntry) => boolean = () => false,
  ): MaybePromise<readonly E[]> {
    const { entries, rules } = this.order();
    return andThen(access.allowed(rules), (allowed) =>
      allowed.size === rules.length
        ? entries
        : entries.filter((one) => allowed.has(one.access) || isOffered(one)),
    );
  }

  private order(): Ordered<E> {
    if (this.ordered) return this.ordered;
    const entries = [...this.entries.values()].toSorted(byKey);
    this.ordered = { entries, rules: [...new Set(entries.map(({ access }) => access))] };
    return this.ordered;
  }
}

const MAX_RETIRED = 100;

/** The part of an entry that decides who sees it. */
export type RuledEntry = Pick<CatalogEntry, 'access' | 'listed'>;

interface Ordered<E> {
  readonly entries: readonly E[];
  readonly rules: readonly AccessRule[];
}

function byKey(one: CatalogEntry, other: CatalogEntry): number {
  return one.key < other.key ? -1 : Number(one.key > other.key);
}

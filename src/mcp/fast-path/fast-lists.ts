import { LRUCache } from 'lru-cache';
import type { AccessRule } from '../../access/access-rule.js';
import { andThen, type MaybePromise } from '../../request/value-or-promise.js';
import type { CatalogEntry } from '../catalog/catalog-entry.js';
import type { EntryTable } from '../catalog/entry-table.js';
import type { McpCatalog } from '../catalog/mcp-catalog.js';
import type { McpExchange } from '../invocation/mcp-exchange.js';
import type { MemoryShare } from '../protocol/memory-budget.js';
import type { SignInMode } from '../mcp-options.js';
import type { ListName } from '../protocol/methods.js';
import type { Pages } from '../protocol/pages.js';
import { LIST_HINTS } from '../server/catalog-server.js';
import type { AnswerJson } from './answer-json.js';
import type { FastRequest } from './fast-request.js';

/**
 * Caches the pages of lists: one copy for all callers that the same access rules allow, and that are
 * shown the same besides. The copies are dropped when an entry is added or removed.
 */
export class FastLists {
  private readonly cache = new WeakMap<readonly AccessRule[], LRUCache<string, Buffer>>();

  private readonly objectOutputs = new WeakMap<readonly object[], boolean>();

  constructor(
    private readonly catalog: McpCatalog,
    private readonly json: AnswerJson,
    private readonly pages: Pages,
    private readonly memory: MemoryShare,
  ) {}

  /** The list that a request asks for; `undefined` for one that the SDK must serve. */
  listFor({ era, message }: FastRequest): FastList | undefined {
    const { traits, params } = message;
    if (!traits.list) return undefined;
    const list: FastList = { name: traits.list, table: this.catalog[traits.list] };
    if (list.table.size === 0) return undefined;
    if (params['cursor'] !== undefined && typeof params['cursor'] !== 'string') return undefined;
    // The SDK rewrites output schemas that are not objects for 2025-era clients.
    if (era === 'legacy' && !this.hasObjectOutputs(list.table)) return undefined;
    return list;
  }

  /** The answer up to the id of the request; `undefined` for an invalid cursor. */
  page(
    list: FastList,
    request: FastRequest,
    exchange: ListingExchange,
  ): MaybePromise<Buffer | undefined> {
    return andThen(exchange.access.allowed(list.table.rules), (allowed) =>
      this.pageFor(allowed, list, request, exchange),
    );
  }

  private pageFor(
    allowed: ReadonlySet<AccessRule>,
    list: FastList,
    { era, method, message }: FastRequest,
    { access, signIn: mode }: ListingExchange,
  ): Buffer | undefined {
    const { rules } = list.table;
    const { signIn } = this.catalog;
    const isOffered = signIn.offersTo(access, mode);
    const cursor = message.params['cursor'] as string | undefined; // Checked by `listFor`.
    const visible = list.table.all.filter(
      (entry) => allowed.has(entry.access) || isOffered?.(entry),
    );
    const position = this.positionIn(list, visible, cursor);
    if (position === undefined) return undefined;
    const accessClass = rules.map((rule) => (allowed.has(rule) ? '1' : '0')).join('');
    // Keyed by position, not by cursor: text that a caller invents is never cached.
    const key = `${era}:${position}:${accessClass}:${signIn.viewOf(access, mode)}`;
    const cache = this.cacheOf(rules);
    const known = cache.get(key);
    if (known) return known;
    const members = this.membersOf(list, visible, position, mode);
    const hint = era === 'modern' ? LIST_HINTS[method as keyof typeof LIST_HINTS] : undefined;
    const page = Buffer.from(this.json.writeUpToId(era, members, hint));
    cache.set(key, page);
    return page;
  }

  private hasObjectOutputs({ all }: FastList['table']): boolean {
    const known = this.objectOutputs.get(all);
    if (known !== undefined) return known;
    const areObjects = all.every(({ hasObjectOutput }) => hasObjectOutput !== false);
    this.objectOutputs.set(all, areObjects);
    return areObjects;
  }

  /** `undefined` for an invalid cursor: the SDK writes that error. */
  private positionIn(
    { name }: FastList,
    visible: readonly ListedEntry[],
    cursor: string | undefined,
  ): number | undefined {
    try {
      return this.pages.positionIn(name, visible, cursor);
    } catch {
      return undefined;
    }
  }

  private membersOf(
    { name }: FastList,
    visible: readonly ListedEntry[],
    position: number,
    mode: SignInMode,
  ): string {
    const { entries, nextCursor } = this.pages.pageAt(name, visible, position);
    const { signIn } = this.catalog;
    const listed = JSON.stringify(entries.map((entry) => signIn.define(name, entry, mode)));
    const next = nextCursor === undefined ? '' : `,"nextCursor":${JSON.stringify(nextCursor)}`;
    return `"${name}":${listed}${next}`;
  }

  private cacheOf(rules: readonly AccessRule[]): LRUCache<string, Buffer> {
    const known = this.cache.get(rules);
    if (known) return known;
    const cache = new LRUCache<string, Buffer>({
      max: 1_000,
      maxSize: Math.ceil(this.memory.limit / LISTS),
      sizeCalculation: (page, key) => page.length + 2 * key.length,
    });
    this.cache.set(rules, cache);
    return cache;
  }
}

type ListedEntry = CatalogEntry & {
  readonly definition: object;
  readonly hasObjectOutput?: boolean;
};

type ListingExchange = Pick<McpExchange, 'access' | 'signIn'>;

/** One of the lists. */
export interface FastList {
  /** Name of the member of the result. Cursors are bound to it. */
  readonly name: ListName;
  readonly table: Pick<EntryTable<ListedEntry>, 'size' | 'all' | 'rules'>;
}

/** Number of lists, which share their memory evenly. */
const LISTS = 4;

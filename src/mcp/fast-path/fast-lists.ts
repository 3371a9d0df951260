import type { ListName } from '../protocol/methods.js';
import { LRUCache } from 'lru-cache';
import type { AccessRule } from '../../access/access-rule.js';
import type { RequestAccess } from '../../access/request-access.js';
import { andThen, type MaybePromise } from '../../request/value-or-promise.js';
import type { CatalogEntry } from '../catalog/catalog-entry.js';
import type { EntryTable } from '../catalog/entry-table.js';
import type { McpCatalog } from '../catalog/mcp-catalog.js';
import { LIST_HINTS } from '../server/catalog-server.js';
import type { MemoryShare } from '../protocol/memory-budget.js';
import type { Pages } from '../protocol/pages.js';
import type { AnswerJson } from './answer-json.js';
import type { FastRequest } from './fast-request.js';

/**
 * The pages of lists, each made once for all callers of one access class: those whom the same rules let
 * in. They are dropped with the table that they were made of, whenever an entry comes or goes.
 */
export class FastLists {
  private readonly pages = new WeakMap<readonly AccessRule[], LRUCache<string, Buffer>>();

  private readonly objectOutputs = new WeakMap<readonly object[], boolean>();

  constructor(
    private readonly catalog: McpCatalog,
    private readonly json: AnswerJson,
    private readonly cut: Pages,
    private readonly memory: MemoryShare,
  ) {}

  /** The list that a request asks for; `undefined` for one that the SDK serves. */
  find({ era, message }: FastRequest): FastList | undefined {
    const { traits, params } = message;
    if (!traits.list) return undefined;
    const list: FastList = { name: traits.list, table: this.catalog[traits.list] };
    if (list.table.size === 0) return undefined;
    if (params['cursor'] !== undefined && typeof params['cursor'] !== 'string') return undefined;
    // Older clients get a schema that is no object in a form of its own.
    if (era === 'legacy' && !this.hasObjectOutputs(list.table)) return undefined;
    return list;
  }

  /** The answer up to the id of the request; `undefined` for a cursor that is none. */
  page(
    list: FastList,
    request: FastRequest,
    access: RequestAccess,
  ): MaybePromise<Buffer | undefined> {
    return andThen(access.allowed(list.table.rules), (allowed) =>
      this.pageFor(allowed, list, request),
    );
  }

  private pageFor(
    allowed: ReadonlySet<AccessRule>,
    list: FastList,
    { era, method, message }: FastRequest,
  ): Buffer | undefined {
    const { rules } = list.table;
    const cursor = message.params['cursor'] as string | undefined; // `find` has made sure.
    const visible = list.table.all.filter((entry) => allowed.has(entry.access));
    const position = this.positionIn(list, visible, cursor);
    if (position === undefined) return undefined;
    const accessClass = rules.map((rule) => (allowed.has(rule) ? '1' : '0')).join('');
    // By place, and not by cursor: what a caller makes up is never kept.
    const key = `${era}:${position}:${accessClass}`;
    const pages = this.pagesOf(rules);
    const known = pages.get(key);
    if (known) return known;
    const members = this.membersOf(list, visible, position);
    const hint = era === 'modern' ? LIST_HINTS[method as keyof typeof LIST_HINTS] : undefined;
    const page = Buffer.from(this.json.answerUpToId(era, members, hint));
    pages.set(key, page);
    return page;
  }

  private hasObjectOutputs({ all }: FastList['table']): boolean {
    const known = this.objectOutputs.get(all);
    if (known !== undefined) return known;
    const have = all.every(({ hasObjectOutput }) => hasObjectOutput !== false);
    this.objectOutputs.set(all, have);
    return have;
  }

  /** `undefined` for a cursor that nobody gave, which the SDK puts into words. */
  private positionIn(
    { name }: FastList,
    visible: readonly ListedEntry[],
    cursor: string | undefined,
  ): number | undefined {
    try {
      return this.cut.positionIn(name, visible, cursor);
    } catch {
      return undefined;
    }
  }

  private membersOf({ name }: FastList, visible: readonly ListedEntry[], position: number): string {
    const { entries, nextCursor } = this.cut.pageAt(name, visible, position);
    const listed = JSON.stringify(entries.map(({ definition }) => definition));
    const next = nextCursor === undefined ? '' : `,"nextCursor":${JSON.stringify(nextCursor)}`;
    return `"${name}":${listed}${next}`;
  }

  private pagesOf(rules: readonly AccessRule[]): LRUCache<string, Buffer> {
    const known = this.pages.get(rules);
    if (known) return known;
    const pages = new LRUCache<string, Buffer>({
      max: 1_000,
      maxSize: Math.ceil(this.memory.limit / LISTS),
      sizeCalculation: (page, key) => page.length + 2 * key.length,
    });
    this.pages.set(rules, pages);
    return pages;
  }
}

type ListedEntry = CatalogEntry & {
  readonly definition: object;
  readonly hasObjectOutput?: boolean;
};

/** One of the lists. */
export interface FastList {
  /** The member of the result, which cursors are bound to. */
  readonly name: ListName;
  readonly table: Pick<EntryTable<ListedEntry>, 'size' | 'all' | 'rules'>;
}

/** The lists share their part of the memory evenly. */
const LISTS = 4;

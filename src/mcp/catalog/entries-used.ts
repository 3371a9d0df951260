import type { McpMessage } from '../protocol/read-messages.js';
import type { MessageTarget } from '../protocol/methods.js';
import type { CatalogEntry } from './catalog-entry.js';
import type { DiscoveredHandler } from './handler-discovery.js';
import type { McpCatalog } from './mcp-catalog.js';

/** What a message wants to use. */
export interface EntryUse {
  readonly kind: DiscoveredHandler['kind'];
  /** `undefined` where nothing is there by the name that was given. */
  readonly entry: CatalogEntry | undefined;
}

/**
 * The entries that a message uses. Those of completions and tasks are found where they are served.
 */
export function entriesUsedBy(
  { method, targets }: McpMessage,
  catalog: McpCatalog,
): readonly EntryUse[] {
  const uses = targets.map((target) => entryOf(target, catalog));
  if (method !== 'subscriptions/listen') return uses;
  // Each entry once, however many of its URIs are watched; a URI that no entry has is not told apart.
  const known = new Map(uses.map((use) => [use.entry, use]));
  known.delete(undefined);
  return [...known.values()];
}

function entryOf({ kind, key }: MessageTarget, catalog: McpCatalog): EntryUse {
  if (kind === 'tool') return { kind, entry: catalog.tools.get(key) };
  if (kind === 'prompt') return { kind, entry: catalog.prompts.get(key) };
  const entry = catalog.resourceAt(key)?.entry;
  return { kind: entry && 'pattern' in entry ? 'resource template' : 'resource', entry };
}

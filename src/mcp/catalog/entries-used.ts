import type { MessageTarget } from '../protocol/methods.js';
import type { McpMessage } from '../protocol/read-messages.js';
import type { CatalogPrompt, CatalogTool, FoundResource } from './catalog-entry.js';
import type { McpCatalog } from './mcp-catalog.js';

/** An entry that a message names; `entry` is `undefined` if the catalog has none of that name. */
type EntryUse =
  | { readonly kind: 'tool'; readonly entry: CatalogTool | undefined }
  | { readonly kind: 'prompt'; readonly entry: CatalogPrompt | undefined }
  | {
      readonly kind: 'resource' | 'resource template';
      readonly entry: FoundResource['entry'] | undefined;
      readonly found: FoundResource | undefined;
    };

/**
 * The entries that a message names, looked up once, so that decision, audit and call use the same
 * entry. Those of completions and tasks are looked up where they are served.
 */
export function entriesUsedBy(message: McpMessage, catalog: McpCatalog): readonly EntryUse[] {
  // Only this function writes that member.
  if (message.lookup) return message.lookup as readonly EntryUse[];
  const { targets, traits } = message;
  let uses: readonly EntryUse[] = targets.map((target) => useOf(target, catalog));
  if (traits.opensStream) {
    // Each entry once, however many of its URIs are watched; unknown URIs are dropped.
    const byEntry = new Map(uses.map((use) => [use.entry, use]));
    byEntry.delete(undefined);
    uses = [...byEntry.values()];
  }
  if (message.targets.length > 0) message.lookup = uses;
  return uses;
}

function useOf({ kind, key }: MessageTarget, catalog: McpCatalog): EntryUse {
  switch (kind) {
    case 'tool':
      return { kind, entry: catalog.tools.get(key) };
    case 'prompt':
      return { kind, entry: catalog.prompts.get(key) };
    case 'resource': {
      const found = catalog.resourceAt(key);
      const entry = found?.entry;
      return {
        kind: entry && 'pattern' in entry ? 'resource template' : 'resource',
        entry,
        found,
      };
    }
  }
}

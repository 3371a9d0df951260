import { isJsonObject } from '../json-object.js';
import type { CatalogEntry, CatalogResource, CatalogResourceTemplate } from './catalog-entry.js';
import type { DiscoveredHandler } from './handler-discovery.js';
import type { McpCatalog } from './mcp-catalog.js';

/** What a message wants to use. */
export interface EntryUse {
  readonly kind: DiscoveredHandler['kind'];
  /** `undefined` where nothing is there by the name that was given. */
  readonly entry: CatalogEntry | undefined;
}

/**
 * The entries that a message uses, in whatever shape its params are. What completions and tasks use is
 * known where they are served: they are there for nobody else.
 */
export function entriesUsedBy(
  message: Readonly<Record<string, unknown>>,
  catalog: McpCatalog,
): readonly EntryUse[] {
  const params = isJsonObject(message['params']) ? message['params'] : {};
  switch (message['method']) {
    case 'tools/call':
      return [{ kind: 'tool', entry: catalog.tools.get(text(params['name'])) }];
    case 'prompts/get':
      return [{ kind: 'prompt', entry: catalog.prompts.get(text(params['name'])) }];
    case 'resources/read':
    case 'resources/subscribe':
      return [resourceUse(catalog.resourceAt(text(params['uri']))?.entry)];
    case 'subscriptions/listen':
      return watchedBy(params, catalog).map(resourceUse);
    default:
      return NONE;
  }
}

const NONE: readonly EntryUse[] = [];

function resourceUse(entry: CatalogResource | CatalogResourceTemplate | undefined): EntryUse {
  return { kind: entry && 'pattern' in entry ? 'resource template' : 'resource', entry };
}

/** Each once, however many of its URIs are watched. A URI that nothing has is nobody's secret. */
function watchedBy({ notifications }: Record<string, unknown>, catalog: McpCatalog) {
  const uris = isJsonObject(notifications) ? notifications['resourceSubscriptions'] : undefined;
  if (!Array.isArray(uris)) return [];
  const found = uris.map((uri) => catalog.resourceAt(text(uri))?.entry);
  return [...new Set(found.filter((entry) => entry !== undefined))];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

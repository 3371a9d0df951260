import { trimSlashes } from '../../request/trim-slashes.js';
import type { INestApplicationContext } from '@nestjs/common';
import type { CatalogEntry } from '../../mcp/catalog/catalog-entry.js';
import type { McpCatalog } from '../../mcp/catalog/mcp-catalog.js';
import { serversOf } from '../application/servers-of.js';
import { UsageError } from '../command.js';

/**
 * Finds an entry by kind and name.
 *
 * @throws {UsageError} there is no such entry, or several servers have it; the message lists them
 */
export function findEntry(app: INestApplicationContext, wanted: EntryName): FoundEntry {
  const servers = serversOf(app).filter(({ path }) => isServer(path, wanted.server));
  const found = servers.flatMap(({ path, catalog }) => {
    const entry = entryIn(catalog, wanted);
    return entry ? [{ entry, path }] : [];
  });
  const [first, second] = found;
  if (first && !second) return first;
  if (first) {
    const paths = found.map(({ path }) => `/${path}`).join(' and ');
    throw new UsageError(
      `${paths} have a ${wanted.kind} of this name. Choose one with --server <path>.`,
    );
  }
  const names = servers.flatMap(({ catalog }) => namesIn(catalog, wanted.kind));
  throw new UsageError(
    `There is no ${wanted.kind} ${JSON.stringify(wanted.name)}. Use one of: ${names.join(', ') || 'none'}.`,
  );
}

/** Kind and name of the entry to find. */
export interface EntryName {
  readonly kind: 'tool' | 'resource' | 'prompt';
  readonly name: string;
  /** Path of the MCP server; needed if several servers have an entry of this name. */
  readonly server: string | undefined;
}

/** An entry and the path of its server. */
export interface FoundEntry {
  readonly entry: CatalogEntry;
  readonly path: string;
}

function isServer(path: string, server: string | undefined): boolean {
  return server === undefined || trimSlashes(server) === path;
}

function entryIn(catalog: McpCatalog, { kind, name }: EntryName): CatalogEntry | undefined {
  if (kind === 'tool') return catalog.tools.get(name);
  if (kind === 'prompt') return catalog.prompts.get(name);
  return catalog.resourceAt(name)?.entry ?? catalog.resourceTemplates.get(name);
}

function namesIn(catalog: McpCatalog, kind: EntryName['kind']): readonly string[] {
  const tables = {
    tool: [catalog.tools],
    prompt: [catalog.prompts],
    resource: [catalog.resources, catalog.resourceTemplates],
  };
  return tables[kind].flatMap((table) => table.all.map(({ key }) => key));
}

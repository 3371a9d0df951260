import { describeRule } from '../../access/explain-rule.js';
import { contractOf, type CatalogContract } from '../../mcp/catalog/catalog-contract.js';
import type { McpServerParts } from '../../mcp/catalog/mcp-servers.js';
import type { ResolvedMcpOptions } from '../../mcp/mcp-options.js';

/** The catalog of one server: its contract, as tests compare it, and its rules in words. */
export interface ServerCatalog {
  /** Path of the endpoint, such as `/mcp`. */
  readonly path: string;
  readonly contract: CatalogContract;
  readonly options: ResolvedMcpOptions;
  /** Who may use an entry, in one line. */
  ruleOf(list: ListedKind, key: string): string;
}

/** The lists of a contract whose entries have a rule. */
export type ListedKind = 'tools' | 'resources' | 'resourceTemplates' | 'prompts';

/** Reads the catalog of a server. Entries are in the order of its lists. */
export function readServerCatalog({ path, catalog, options }: McpServerParts): ServerCatalog {
  return {
    path: `/${path}`,
    options,
    contract: contractOf(catalog, options),
    ruleOf: (list, key) => {
      const entry = catalog[list].get(key);
      return entry ? describeRule(entry.access) : '';
    },
  };
}

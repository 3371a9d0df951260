import type { McpCatalog } from '../../mcp/catalog/mcp-catalog.js';
import type { ResolvedMcpOptions } from '../../mcp/mcp-options.js';
import { readableRule } from './readable-rule.js';

/** Everything that a server promises its clients, as plain data: what a review has to see change. */
export interface CatalogContract {
  readonly server: Readonly<Record<string, unknown>>;
  readonly tools: readonly ContractEntry[];
  readonly resources: readonly ContractEntry[];
  readonly resourceTemplates: readonly ContractEntry[];
  readonly prompts: readonly ContractEntry[];
  /** Prompts and resource templates whose arguments are completed. */
  readonly completions: readonly ContractEntry[];
}

/** What a list says of an entry, and who may use it. */
export interface ContractEntry {
  readonly access: unknown;
  readonly [member: string]: unknown;
}

/** The contract of a catalog as it is now. The version of the server is no part of it. */
export function contractOf(
  catalog: McpCatalog,
  { serverInfo, instructions }: ResolvedMcpOptions,
): CatalogContract {
  const { version: _version, ...server } = serverInfo;
  return plain({
    server: { ...server, instructions },
    tools: catalog.tools.all.map(({ definition, access, task }) => ({
      ...definition,
      access: readableRule(access),
      task,
    })),
    resources: catalog.resources.all.map(described),
    resourceTemplates: catalog.resourceTemplates.all.map(described),
    prompts: catalog.prompts.all.map(({ definition, access }) => ({
      ...definition,
      access: readableRule(access),
    })),
    completions: catalog.completions.all.map(({ key, access }) => ({
      key,
      access: readableRule(access),
    })),
  });
}

type Readable =
  McpCatalog['resources']['all'][number] | McpCatalog['resourceTemplates']['all'][number];

function described({ definition, access, cache }: Readable): ContractEntry {
  return { ...definition, cache, access: readableRule(access) };
}

/** What JSON makes of it. */
function plain<T>(value: T): T {
  // JSON keeps the shape of what is data already.
  return JSON.parse(JSON.stringify(value)) as T;
}

import type { McpCatalog } from './mcp-catalog.js';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import { readableRule } from './readable-rule.js';

/** The current contract of a catalog. It does not contain the version of the server. */
export function contractOf(
  catalog: McpCatalog,
  { serverInfo, instructions }: ResolvedMcpOptions,
): CatalogContract {
  const { version: _version, ...server } = serverInfo;
  return plain({
    server: { ...server, instructions },
    tools: catalog.tools.all.map(({ definition, access, listed, task }) => ({
      ...definition,
      access: readableRule(access),
      listed,
      task,
    })),
    resources: catalog.resources.all.map(described),
    resourceTemplates: catalog.resourceTemplates.all.map(described),
    prompts: catalog.prompts.all.map(({ definition, access, listed }) => ({
      ...definition,
      access: readableRule(access),
      listed,
    })),
    completions: catalog.completions.all.map(({ key, access }) => ({
      key,
      access: readableRule(access),
    })),
  });
}

/** Everything that clients of a server rely on, as plain data, so that a review sees each change. */
export interface CatalogContract {
  readonly server: Readonly<Record<string, unknown>>;
  readonly tools: readonly ContractEntry[];
  readonly resources: readonly ContractEntry[];
  readonly resourceTemplates: readonly ContractEntry[];
  readonly prompts: readonly ContractEntry[];
  /** Prompts and resource templates whose arguments are completed. */
  readonly completions: readonly ContractEntry[];
}

/** The definition of an entry as lists show it, and its access rule. */
export interface ContractEntry {
  readonly access: unknown;
  readonly [member: string]: unknown;
}

type Readable =
  McpCatalog['resources']['all'][number] | McpCatalog['resourceTemplates']['all'][number];

function described({ definition, access, cache, listed }: Readable): ContractEntry {
  return { ...definition, cache, access: readableRule(access), listed };
}

/** The value after a round trip through JSON, which drops `undefined`. */
function plain<T>(value: T): T {
  // Definitions are JSON data, so the round trip keeps their type.
  return JSON.parse(JSON.stringify(value)) as T;
}

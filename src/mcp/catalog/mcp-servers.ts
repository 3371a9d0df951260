import type { ModulesContainer } from '@nestjs/core';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import { MCP_PATH, RESOLVED_MCP_OPTIONS } from '../mcp.tokens.js';
import { McpCatalog } from './mcp-catalog.js';

/** One MCP server of an application. */
export interface McpServerParts {
  /** Path of `McpModule`, without the global prefix and without leading and trailing slashes. */
  readonly path: string;
  readonly catalog: McpCatalog;
  readonly options: ResolvedMcpOptions;
}

/** The MCP servers of an application, in import order. */
export function mcpServersIn(modules: ModulesContainer): readonly McpServerParts[] {
  return [...modules.values()].flatMap((module) => {
    const path = module.getProviderByKey<string>(MCP_PATH)?.instance;
    const options = module.getProviderByKey<ResolvedMcpOptions>(RESOLVED_MCP_OPTIONS)?.instance;
    const catalog = module.getProviderByKey<McpCatalog>(McpCatalog)?.instance;
    return path === undefined || !options || !catalog ? [] : [{ path, catalog, options }];
  });
}

import 'reflect-metadata';

// `nestjs-clerk-mcp/explorer`: a page that shows the MCP servers of an application.

export { McpExplorerModule } from './explorer.module.js';
export { ExplorerConfigurationError } from './explorer.errors.js';
export type { McpExplorerExtras, McpExplorerOptions } from './explorer.options.js';

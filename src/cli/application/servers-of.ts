import type { INestApplicationContext } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { mcpServersIn, type McpServerParts } from '../../mcp/catalog/mcp-servers.js';
import { UsageError } from '../command.js';

/**
 * The MCP servers of an application.
 *
 * @throws {UsageError} there are none
 */
export function serversOf(app: INestApplicationContext): readonly McpServerParts[] {
  const servers = mcpServersIn(app.get(ModulesContainer, { strict: false }));
  if (servers.length > 0) return servers;
  throw new UsageError(
    'The application does not import McpModule of this package. Run the nestjs-clerk-mcp that is installed in its node_modules.',
  );
}

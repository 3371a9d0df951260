import { Injectable } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import { MCP_PATH, RESOLVED_MCP_OPTIONS } from '../mcp.tokens.js';
import { DuplicateEndpointError } from './duplicate-endpoint.error.js';

/** The paths of all MCP servers of the application. */
@Injectable()
export class EndpointPaths {
  constructor(private readonly modules: ModulesContainer) {}

  /** @throws {DuplicateEndpointError} two servers are at one path */
  assertDistinct(): void {
    const names = new Map<string, string>();
    for (const module of this.modules.values()) {
      const path = module.getProviderByKey<string>(MCP_PATH)?.instance;
      const options = module.getProviderByKey<ResolvedMcpOptions>(RESOLVED_MCP_OPTIONS)?.instance;
      if (path === undefined || !options) continue;
      const { name } = options.serverInfo;
      const earlier = names.get(path);
      if (earlier !== undefined) throw new DuplicateEndpointError(path, earlier, name);
      names.set(path, name);
    }
  }
}

import { Inject, Module } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { MCP_FEATURE, MCP_PATH } from './mcp.tokens.js';
import { UnknownServerError } from './mcp.errors.js';

/** What `McpModule.forFeature()` says of the module that imports it. */
export interface McpFeature {
  /** Path of the server that the providers of the module belong to, as `forRoot()` has it. */
  readonly path: string;
}

/** Marks the module that imports it as one of a server. */
@Module({})
export class McpFeatureModule {
  /** @throws {UnknownServerError} no server is at this path */
  constructor(@Inject(MCP_FEATURE) feature: McpFeature, modules: ModulesContainer) {
    const all = [...modules.values()];
    const paths = all.flatMap((one) => one.getProviderByKey<string>(MCP_PATH)?.instance ?? []);
    if (paths.includes(feature.path)) return;
    const self = all.find((one) => one.getProviderByKey(MCP_FEATURE)?.instance === feature);
    const importer = all.find(({ imports }) => self && imports.has(self));
    throw new UnknownServerError(importer?.name ?? 'A module', feature.path, paths);
  }
}

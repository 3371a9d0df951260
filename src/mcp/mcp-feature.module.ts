import { Inject, Module } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { UnknownServerError } from './mcp.errors.js';
import { MCP_FEATURE, MCP_PATH } from './mcp.tokens.js';

/** Options of `McpModule.forFeature()`. */
export interface McpFeature {
  /** Path of the server that the providers of the module belong to, the same as in `forRoot()`. */
  readonly path: string;
}

/** Assigns the module that imports it to a server. */
@Module({})
export class McpFeatureModule {
  /** @throws {UnknownServerError} no server has this path */
  constructor(@Inject(MCP_FEATURE) feature: McpFeature, modules: ModulesContainer) {
    const all = [...modules.values()];
    const paths = all.flatMap((one) => one.getProviderByKey<string>(MCP_PATH)?.instance ?? []);
    if (paths.includes(feature.path)) return;
    const self = all.find((one) => one.getProviderByKey(MCP_FEATURE)?.instance === feature);
    const importer = all.find(({ imports }) => self && imports.has(self));
    throw new UnknownServerError(importer?.name ?? 'A module', feature.path, paths);
  }
}

import { ConfigurableModuleBuilder, Module, type DynamicModule } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { McpCatalog } from './catalog/mcp-catalog.js';
import { ToolCompiler } from './catalog/tool-compiler.js';
import { ToolDiscovery } from './catalog/tool-discovery.js';
import { EndpointGuards } from './http/endpoint-guards.js';
import { FastifyEdge } from './http/fastify-edge.js';
import { createMcpController } from './http/mcp.controller.js';
import { McpEndpoint } from './http/mcp-endpoint.js';
import { ToolBinder } from './invocation/tool-binder.js';
import { ToolPipelineFactory } from './invocation/tool-pipeline.factory.js';
import {
  resolveMcpOptions,
  type McpModuleExtras,
  type McpModuleOptions,
  type ResolvedMcpOptions,
} from './mcp-options.js';
import { MCP_GUARDS, MCP_PATH, RESOLVED_MCP_OPTIONS } from './mcp.tokens.js';
import { McpServing } from './serving/mcp-serving.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<McpModuleOptions>()
    .setClassMethodName('forRoot')
    .setExtras<McpModuleExtras>({ path: 'mcp', guards: [], isGlobal: false }, withExtras)
    .build();

/**
 * An MCP server made of the providers of the application: each method that says `@McpTool()` is a
 * tool, wherever its class is provided.
 *
 * @example
 * ```ts
 * McpModule.forRoot({ name: 'notes', version: '1.0.0', guards: [ClerkAuthGuard] })
 * ```
 */
@Module({
  imports: [DiscoveryModule],
  providers: [
    {
      provide: RESOLVED_MCP_OPTIONS,
      useFactory: (options: McpModuleOptions): ResolvedMcpOptions => resolveMcpOptions(options),
      inject: [MODULE_OPTIONS_TOKEN],
    },
    ToolDiscovery,
    ToolCompiler,
    ToolBinder,
    ToolPipelineFactory,
    McpCatalog,
    McpServing,
    McpEndpoint,
    EndpointGuards,
    FastifyEdge,
  ],
  exports: [McpCatalog],
})
export class McpModule extends ConfigurableModuleClass {}

function withExtras(definition: DynamicModule, extras: McpModuleExtras): DynamicModule {
  const path = (extras.path ?? 'mcp').replace(/^\/+|\/+$/g, '');
  return {
    ...definition,
    global: extras.isGlobal ?? false,
    controllers: [createMcpController(path)],
    providers: [
      ...(definition.providers ?? []),
      { provide: MCP_GUARDS, useValue: extras.guards ?? [] },
      { provide: MCP_PATH, useValue: path },
    ],
  };
}

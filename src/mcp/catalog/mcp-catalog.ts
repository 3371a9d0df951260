import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Tool } from '@modelcontextprotocol/server';
import { decide } from '../../access/decide.js';
import type { Principal } from '../../access/principal.js';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import { RESOLVED_MCP_OPTIONS } from '../mcp.tokens.js';
import type { CatalogTool } from './catalog-tool.js';
import { DuplicateToolError } from './duplicate-tool.error.js';
import { ToolCompiler } from './tool-compiler.js';
import { ToolDiscovery } from './tool-discovery.js';
import { UnknownToolError } from './unknown-tool.error.js';

/** Everything that the server offers, compiled once when the application starts. */
@Injectable()
export class McpCatalog implements OnModuleInit {
  private readonly tools = new Map<string, CatalogTool>();

  constructor(
    private readonly discovery: ToolDiscovery,
    private readonly compiler: ToolCompiler,
    @Inject(RESOLVED_MCP_OPTIONS) private readonly options: ResolvedMcpOptions,
  ) {}

  onModuleInit(): void {
    const compiled = this.discovery.discover().map((found) => this.compiler.compile(found));
    for (const tool of compiled.toSorted(byName)) {
      const earlier = this.tools.get(tool.name);
      if (earlier) throw new DuplicateToolError(tool.name, earlier.source, tool.source);
      this.tools.set(tool.name, tool);
    }
    for (const name of this.options.exclude) {
      if (!this.tools.delete(name)) throw new UnknownToolError(name, [...this.tools.keys()]);
    }
  }

  /** A tool by its name, whoever asks. */
  tool(name: string): CatalogTool | undefined {
    return this.tools.get(name);
  }

  /** The tools that this caller may call, and no others, ordered by name. */
  toolsFor(principal: Principal | undefined): readonly Tool[] {
    const listed: Tool[] = [];
    for (const { access, definition } of this.tools.values()) {
      if (decide(access, principal).outcome === 'allow') listed.push(definition);
    }
    return listed;
  }
}

function byName(one: CatalogTool, other: CatalogTool): number {
  return one.name < other.name ? -1 : Number(one.name > other.name);
}

import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import { MCP_PATH, RESOLVED_MCP_OPTIONS } from '../mcp.tokens.js';
import type { CatalogEntry } from './catalog-entry.js';
import { McpCatalog } from './mcp-catalog.js';
import { describeSignIn } from './sign-in.js';

/**
 * Logs at the start how many entries a server has, and with the level `debug`, which. A class with
 * entries that no module provides is missing there: nothing else could tell it from a class that belongs
 * to another application of the same process.
 */
@Injectable()
export class CatalogSummary implements OnApplicationBootstrap {
  private readonly logger = new Logger('McpModule');

  constructor(
    private readonly catalog: McpCatalog,
    @Inject(MCP_PATH) private readonly path: string,
    @Inject(RESOLVED_MCP_OPTIONS) private readonly options: ResolvedMcpOptions,
  ) {}

  onApplicationBootstrap(): void {
    const { tools, resources, resourceTemplates, prompts } = this.catalog;
    const server = `${this.options.serverInfo.name} at /${this.path}`;
    const counted = [
      [tools.all, 'tool'],
      [resources.all, 'resource'],
      [resourceTemplates.all, 'resource template'],
      [prompts.all, 'prompt'],
    ] as const satisfies readonly (readonly [readonly CatalogEntry[], string])[];
    if (counted.every(([entries]) => entries.length === 0) && !this.options.dynamic) {
      this.logger.warn(
        `${server} has no entries: no module that it includes provides a class with @McpTool(), @McpResource() or @McpPrompt(). Add the class to the providers of a module that the application imports.`,
      );
      return;
    }
    const counts = counted.map(
      ([{ length }, kind]) => `${length} ${kind}${length === 1 ? '' : 's'}`,
    );
    const { mode } = this.catalog.signIn;
    this.logger.log(
      `${server} serves ${counts.slice(0, -1).join(', ')} and ${counts.at(-1)}. Sign-in mode ${mode}: ${describeSignIn(mode)}.`,
    );
    for (const [entries, kind] of counted) {
      if (entries.length === 0) continue;
      const names = entries.map(({ key, source }) => `${key} (${source})`);
      this.logger.debug(`${server}, ${kind}s: ${names.join(', ')}`);
    }
  }
}

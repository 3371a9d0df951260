import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost } from '@nestjs/core';
import { ThrottlerGuard } from '@nestjs/throttler';
import type { McpGuard } from '../mcp-options.js';
import { McpCatalog } from '../catalog/mcp-catalog.js';
import { McpConfigurationError } from '../mcp.errors.js';
import { MCP_GUARDS, MCP_PATH } from '../mcp.tokens.js';

/**
 * Finds an endpoint whose guards were forgotten: no request could ever use its protected entries. A
 * guard of the application runs for the endpoint as well, and may authenticate.
 */
@Injectable()
export class ReachableEntries implements OnApplicationBootstrap {
  constructor(
    @Inject(MCP_GUARDS) private readonly guards: readonly McpGuard[] | null,
    @Inject(MCP_PATH) private readonly path: string,
    private readonly catalog: McpCatalog,
    private readonly config: ApplicationConfig,
    private readonly adapters: HttpAdapterHost,
  ) {}

  /** @throws {McpConfigurationError} there are protected entries and no guard */
  onApplicationBootstrap(): void {
    if (this.guards !== null || !this.isServed() || this.hasGlobalGuard()) return;
    const { tools, resources, resourceTemplates, prompts } = this.catalog;
    const closed = [tools, resources, resourceTemplates, prompts]
      .flatMap((table) => table.all.map(({ source, access }) => ({ source, access })))
      .filter(({ access }) => access.kind === 'protected');
    const [first] = closed;
    if (!first) return;
    const others = closed.length > 1 ? ` and ${closed.length - 1} more` : '';
    throw new McpConfigurationError(
      `guards is missing for the endpoint /${this.path}, so that nobody could use ${first.source}${others}: without a guard every caller is anonymous. Write guards: [ClerkAuthGuard] in McpModule.forRoot(), or @Public() on what everybody may use. Where middleware authenticates, write guards: [].`,
    );
  }

  /** A server over stdio has no HTTP adapter, and takes its caller from the environment. */
  private isServed(): boolean {
    const adapter: HttpAdapterHost['httpAdapter'] | null | undefined = this.adapters.httpAdapter;
    return Boolean(adapter?.getType());
  }

  private hasGlobalGuard(): boolean {
    const scoped = this.config.getGlobalRequestGuards().map(({ metatype }) => metatype?.prototype);
    return [...this.config.getGlobalGuards(), ...scoped].some(
      (guard: unknown) => !isThrottler(guard),
    );
  }
}

/** A rate limit does not authenticate. */
function isThrottler(guard: unknown): boolean {
  return guard instanceof ThrottlerGuard;
}

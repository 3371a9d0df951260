import type { ServerEventBus } from '@modelcontextprotocol/server';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { AccessFacts } from '../../access/access-facts.js';
import { ResourceRules } from '../../access/resource-rules.js';
import { lineOf, type ScopeWarning, ScopeWarnings } from '../../access/scope-warnings.js';
import { resolveOptional } from '../../request/resolve-optional.js';
import { CONTAINED_EVENT_BUS, MCP_PATH } from '../mcp.tokens.js';
import type { CatalogEntry } from './catalog-entry.js';
import type { EntryTable } from './entry-table.js';
import { McpCatalog } from './mcp-catalog.js';

/**
 * Registers the rules of the entries, from which scopes may be derived. Warns of entries that need a scope
 * which clients are not told to request, at the start and later.
 */
@Injectable()
export class ScopeCheck implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('McpModule');
  private readonly checked = new WeakSet<CatalogEntry>();
  private unsubscribe = (): void => undefined;

  constructor(
    private readonly catalog: McpCatalog,
    private readonly moduleRef: ModuleRef,
    @Inject(MCP_PATH) private readonly path: string,
    @Inject(CONTAINED_EVENT_BUS) private readonly bus: ServerEventBus,
    rules: ResourceRules,
  ) {
    rules.register(path, () => this.tables.map((table) => table.rules));
  }

  onApplicationBootstrap(): void {
    const warnings = this.createWarnings();
    const warn = (): void => {
      const entries = this.entries.filter((entry) => !this.checked.has(entry));
      for (const entry of entries) this.checked.add(entry);
      for (const warning of this.about(entries, warnings)) this.logger.warn(lineOf(warning));
    };
    warn();
    // Entries that are added later are announced to the clients.
    this.unsubscribe = this.bus.subscribe(({ kind }) => {
      if (kind.endsWith('list_changed')) warn();
    });
  }

  /** The rules of entries that need a scope which clients are not told to request. */
  findUnpublished(): readonly ScopeWarning[] {
    return this.about(this.entries, this.createWarnings());
  }

  onModuleDestroy(): void {
    this.unsubscribe();
  }

  private get tables(): readonly EntryTable<CatalogEntry>[] {
    const { tools, resources, resourceTemplates, prompts } = this.catalog;
    return [tools, resources, resourceTemplates, prompts];
  }

  private get entries(): readonly CatalogEntry[] {
    return this.tables.flatMap(({ all }) => all);
  }

  private about(
    entries: readonly CatalogEntry[],
    warnings: ScopeWarnings,
  ): readonly ScopeWarning[] {
    const handlers = entries.map(({ key, access }) => ({ name: key, access }));
    return warnings.about(`Entries at /${this.path}`, handlers);
  }

  private createWarnings(): ScopeWarnings {
    return new ScopeWarnings(resolveOptional(this.moduleRef, AccessFacts), this.path);
  }
}

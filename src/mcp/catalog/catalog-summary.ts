import { ModuleRef } from '@nestjs/core';
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { AccessFacts } from '../../access/access-facts.js';
import {
  type AccessRequirement,
  type AccessRule,
  requirementsIn,
} from '../../access/access-rule.js';
import { resolveOptional } from '../../request/resolve-optional.js';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import { MCP_PATH, RESOLVED_MCP_OPTIONS } from '../mcp.tokens.js';
import type { CatalogEntry } from './catalog-entry.js';
import { McpCatalog } from './mcp-catalog.js';

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
    private readonly moduleRef: ModuleRef,
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
    this.logger.log(`${server} serves ${counts.slice(0, -1).join(', ')} and ${counts.at(-1)}.`);
    this.warnOfScopes(counted.flatMap<CatalogEntry>(([entries]) => [...entries]));
    for (const [entries, kind] of counted) {
      if (entries.length === 0) continue;
      const names = entries.map(({ key, source }) => `${key} (${source})`);
      this.logger.debug(`${server}, ${kind}s: ${names.join(', ')}`);
    }
  }

  /** A client that registered itself at Clerk never gets a scope that it did not register. */
  private warnOfScopes(entries: readonly CatalogEntry[]): void {
    const facts = resolveOptional(this.moduleRef, AccessFacts);
    const published = facts?.publishedScopes(this.path);
    if (!facts || !published) return;
    const reachable = (scope: string): boolean =>
      facts.scopesGranting(scope).some((one) => published.includes(one));
    this.warnOfOrganization(entries, facts.organizationScope(), published);
    const needed = entries
      .flatMap(({ access }) => requirementsIn(access))
      .flatMap((one) => (one.kind === 'scopes' ? scopesOutside(one, reachable) : []));
    if (needed.length === 0) return;
    const missing = [...new Set(needed)];
    this.logger.warn(
      `Entries at /${this.path} need scopes that clients are not told to request: ${missing.join(' ')}. ` +
        'A client that registers itself holds only the scopes it registered, and is refused with invalid_scope when it asks for more. ' +
        'Add them to the option scopes of ClerkAuthModule, or create the clients with them at Clerk.',
    );
  }

  /** Only rules that no credential can meet without an organization count, not one of several ways. */
  private warnOfOrganization(
    entries: readonly CatalogEntry[],
    scope: string | undefined,
    published: readonly string[],
  ): void {
    if (scope === undefined || published.includes(scope)) return;
    const names = entries.filter(({ access }) => needsOrganization(access)).map(({ key }) => key);
    if (names.length === 0) return;
    const more = names.length > MAX_NAMES ? [`${names.length - MAX_NAMES} more`] : [];
    this.logger.warn(
      `Entries at /${this.path} need an organization, which is in OAuth access tokens with the scope ${scope} only, ` +
        `and clients are not told to request it: ${[...names.slice(0, MAX_NAMES), ...more].join(', ')}. ` +
        'Add it to the option scopes of ClerkAuthModule, or create the clients with it at Clerk.',
    );
  }
}

const MAX_NAMES = 5;

function needsOrganization(access: AccessRule): boolean {
  if (access.kind === 'public') return false;
  return access.requirements.some(({ kind }) => ORGANIZATION_RULES.has(kind));
}

const ORGANIZATION_RULES: ReadonlySet<AccessRequirement['kind']> = new Set([
  'organization',
  'role',
  'permission',
]);

/** The scopes of a requirement without which it cannot be met. One reachable scope of several is enough. */
function scopesOutside(
  { scopes, mode }: AccessRequirement & { kind: 'scopes' },
  reachable: (scope: string) => boolean,
): readonly string[] {
  const outside = scopes.filter((scope) => !reachable(scope));
  return mode === 'all' || outside.length === scopes.length ? outside : [];
}

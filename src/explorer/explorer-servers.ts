import { Injectable, NotFoundException } from '@nestjs/common';
import { ApplicationConfig, ModuleRef, ModulesContainer } from '@nestjs/core';
import { requirementsIn } from '../access/access-rule.js';
import { underName } from '../clerk/protected-resources.js';
import { PublishedScopes } from '../clerk/published-scopes.js';
import { mcpServersIn, type McpServerParts } from '../mcp/catalog/mcp-servers.js';
import { hostOf } from '../request/request-host.js';
import { trimSlashes } from '../request/trim-slashes.js';
import type { DescribedServer } from './explorer-answers.js';
import { ExplorerSettings } from './explorer-settings.js';

/** The MCP servers of the application, as the page reaches them. */
@Injectable()
export class ExplorerServers {
  constructor(
    private readonly modules: ModulesContainer,
    private readonly config: ApplicationConfig,
    private readonly moduleRef: ModuleRef,
    private readonly settings: ExplorerSettings,
  ) {}

  get all(): readonly McpServerParts[] {
    return mcpServersIn(this.modules);
  }

  /** @throws {NotFoundException} there is no server at this path */
  at(path: unknown): McpServerParts {
    const found = this.all.find((server) => path === undefined || server.path === path);
    if (found) return found;
    throw new NotFoundException('There is no MCP server at this path.');
  }

  /** The identifier of a server, by the name that the request asked for. */
  resourceOf(server: McpServerParts, request: object): string | undefined {
    return this.namedBy(request, server)?.resource;
  }

  /** What the page says of a server, and where it is. */
  describe(server: McpServerParts, request: object): DescribedServer {
    const { path, catalog, options } = server;
    const { name, title, version } = options.serverInfo;
    const { mode } = catalog.signIn;
    const prefix = trimSlashes(this.config.getGlobalPrefix());
    const named = this.namedBy(request, server);
    return {
      path,
      route: `/${[prefix, path].filter(Boolean).join('/')}`,
      name,
      title: title ?? name,
      version,
      signIn: mode,
      resource: named?.resource,
      metadataURL: named?.metadataURL,
      scopes: this.scopesOf(server),
      published: this.publishedScopes(path),
    };
  }

  private namedBy(request: object, { path }: McpServerParts): Named | undefined {
    const resource = this.settings.clerk.resources.get(path);
    return resource && underName(resource, hostOf(request));
  }

  /** The scopes that clients are told to ask for. */
  private publishedScopes(path: string): readonly string[] {
    return this.moduleRef.get(PublishedScopes, { strict: false }).at(path);
  }

  /** The scopes that clients are told to ask for, and those that a rule needs. */
  scopesOf({ path, catalog }: McpServerParts): readonly string[] {
    const published = this.publishedScopes(path);
    const { tools, resources, resourceTemplates, prompts } = catalog;
    const rules = [tools, resources, resourceTemplates, prompts].flatMap((table) => table.rules);
    const needed = rules
      .flatMap((rule) => requirementsIn(rule))
      .flatMap((one) => (one.kind === 'scopes' ? one.scopes : []));
    return [...new Set([...published, ...needed])];
  }
}

/** A protected resource, under the name that a request asked for. */
type Named = ReturnType<typeof underName>;

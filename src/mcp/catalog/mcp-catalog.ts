import type { ServerEventBus } from '@modelcontextprotocol/server';
import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { accessRuleOf } from '../../access/access.decorators.js';
import { AccessRuleRegistry } from '../../access/access-rule-registry.js';
import type { McpPromptOptions } from '../authoring/mcp-prompt.decorator.js';
import type { McpResourceOptions } from '../authoring/mcp-resource.decorator.js';
import type { McpToolOptions } from '../authoring/mcp-tool.decorator.js';
import { HandlerPipelineFactory } from '../invocation/handler-pipeline.js';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import { InvalidHandlerError, UnknownToolError } from '../mcp.errors.js';
import { CONTAINED_EVENT_BUS, MCP_PATH, RESOLVED_MCP_OPTIONS } from '../mcp.tokens.js';
import type { ListName } from '../protocol/methods.js';
import { normalizeTemplate, normalizeUri, uriIdentity } from '../protocol/normalize-uri.js';
import { auditedRun } from './audited-run.js';
import type {
  CatalogCompletion,
  CatalogEntry,
  CatalogPrompt,
  CatalogResource,
  CatalogResourceTemplate,
  CatalogTool,
  FoundResource,
} from './catalog-entry.js';
import { EntryTable } from './entry-table.js';
import { listedOf, sourceOf } from './handler-checks.js';
import { HandlerDiscovery, type DiscoveredHandler } from './handler-discovery.js';
import { describeOverlap, findOverlaps } from './overlapping-templates.js';
import { assertCompletes, compileCompletion, compilePrompt } from './prompt-compiler.js';
import { compileResource, compileResourceTemplate } from './resource-compiler.js';
import { declareAtRuntime, type RuntimeAccess, type RuntimeHandler } from './runtime-handler.js';
import { RouteCompiler, type RouteTool } from './route-compiler.js';
import { SchemaReader } from './schema-reader.js';
import { SignIn } from './sign-in.js';
import { assertAppServed, compileRouteTool, compileTool } from './tool-compiler.js';

/** All tools, resources, prompts and completions, compiled once when the application starts. */
@Injectable()
export class McpCatalog implements OnModuleInit {
  readonly tools = new EntryTable<CatalogTool>('tool');
  readonly resources = new EntryTable<CatalogResource>('resource', uriIdentity);
  readonly resourceTemplates = new EntryTable<CatalogResourceTemplate>(
    'resource template',
    normalizeTemplate,
  );
  readonly prompts = new EntryTable<CatalogPrompt>('prompt');
  readonly completions = new EntryTable<CatalogCompletion>('completion');
  /** @internal How anonymous callers of these entries are asked to sign in. */
  readonly signIn: SignIn;
  private readonly logger = new Logger('McpCatalog');
  private isInitialized = false;
  /** Providers whose handlers were added before. */
  private readonly discovered = new WeakSet<object>();

  constructor(
    private readonly discovery: HandlerDiscovery,
    private readonly pipelines: HandlerPipelineFactory,
    private readonly schemas: SchemaReader,
    private readonly routes: RouteCompiler,
    private readonly rules: AccessRuleRegistry,
    @Inject(RESOLVED_MCP_OPTIONS) private readonly options: ResolvedMcpOptions,
    @Inject(CONTAINED_EVENT_BUS) private readonly bus: ServerEventBus,
    @Inject(MCP_PATH) path: string,
    moduleRef: ModuleRef,
  ) {
    this.signIn = SignIn.of(this, options.signIn, path, moduleRef);
  }

  onModuleInit(): void {
    this.addDiscovered();
    this.isInitialized = true;
    for (const name of this.options.exclude) {
      if (this.tools.remove(name)) continue;
      throw new UnknownToolError(
        name,
        this.tools.all.map(({ key }) => key),
      );
    }
    this.warnOfOverlaps(this.resources.all);
  }

  /**
   * Adds the handlers of modules that `LazyModuleLoader` has loaded meanwhile, and notifies the
   * clients. If one handler is invalid, none is added.
   *
   * @throws {DuplicateEntryError} @throws {InvalidHandlerError} @throws {UnboundEnhancerError}
   */
  discover(): void {
    const kinds = this.addDiscovered().map(({ kind }) => CHANGES[kind]);
    for (const kind of new Set(kinds)) if (kind) this.bus.publish({ kind });
  }

  /**
   * Adds a tool while the server runs, and notifies the clients. It has the same pipeline and the
   * same access rules as a tool of a provider.
   *
   * @throws {DuplicateEntryError} @throws {InvalidHandlerError}
   */
  addTool(options: McpToolOptions & RuntimeAccess & { name: string }, run: RuntimeHandler): void {
    const declaration = { kind: 'tool', options } as const;
    this.add(declareAtRuntime(declaration, options, run));
    this.bus.publish({ kind: 'tools_list_changed' });
  }

  /** Removes a tool, and notifies the clients. @returns whether it existed */
  removeTool(name: string): boolean {
    return this.removeFrom(this.tools, name, 'tools_list_changed');
  }

  /**
   * Adds a resource while the server runs, and notifies the clients.
   *
   * @throws {DuplicateEntryError} @throws {InvalidHandlerError}
   */
  addResource(
    options: McpResourceOptions & RuntimeAccess & { name: string },
    run: RuntimeHandler,
  ): void {
    const declaration = { kind: 'resource', options } as const;
    const { access, uri: name } = options;
    this.add(declareAtRuntime(declaration, { ...(access && { access }), name }, run));
    const added = this.resources.get(options.uri);
    if (added) this.warnOfOverlaps([added]);
    this.bus.publish({ kind: 'resources_list_changed' });
  }

  /** Removes a resource, and notifies the clients. @returns whether it existed */
  removeResource(uri: string): boolean {
    return this.removeFrom(this.resources, uri, 'resources_list_changed');
  }

  /**
   * Adds a prompt while the server runs, and notifies the clients.
   *
   * @throws {DuplicateEntryError} @throws {InvalidHandlerError}
   */
  addPrompt(
    options: McpPromptOptions & RuntimeAccess & { name: string },
    run: RuntimeHandler,
  ): void {
    const declaration = { kind: 'prompt', options } as const;
    this.add(declareAtRuntime(declaration, options, run));
    this.bus.publish({ kind: 'prompts_list_changed' });
  }

  /** Removes a prompt, and notifies the clients. @returns whether it existed */
  removePrompt(name: string): boolean {
    return this.removeFrom(this.prompts, name, 'prompts_list_changed');
  }

  /**
   * Removes the tools of routes where this process serves none: in an application context.
   *
   * @internal
   */
  leaveOutRoutes(): void {
    const routes = this.routes.isServed ? [] : this.tools.all.filter(({ isRoute }) => isRoute);
    for (const { key } of routes) this.tools.remove(key);
    if (routes.length === 0) return;
    const names = routes.map(({ key }) => key).join(', ');
    this.logger.warn(
      `An application context has no routes, so that these tools are left out: ${names}. Start the application with NestFactory.create() and app.init() to serve them.`,
    );
  }

  /** @internal The entries of a list. */
  tableOf(list: ListName): EntryTable<CatalogEntry> {
    return this[list];
  }

  /**
   * The resource at a URI, or the template that matches it with its variables. All equivalent
   * spellings of a URI (RFC 3986 §6.2.2) give the same entry, so that none reaches a template
   * instead of a resource.
   *
   * @internal
   */
  resourceAt(uri: string): FoundResource | undefined {
    const normal = normalizeUri(uri);
    const entry = this.resources.get(normal);
    if (entry) return { entry, variables: { uri: entry.key }, uri: entry.key };
    const identity = uriIdentity(normal);
    for (const template of this.resourceTemplates.all) {
      const { pattern } = template;
      const variables =
        pattern.match(normal) ?? (identity === normal ? undefined : pattern.match(identity));
      if (variables) return { entry: template, variables, uri: normal };
    }
    return undefined;
  }

  /** One spelling for all equivalent URIs, for subscriptions and updates. */
  canonicalUri(uri: string): string {
    return this.resources.get(uri)?.key ?? normalizeUri(uri);
  }

  private warnOfOverlaps(resources: readonly CatalogResource[]): void {
    for (const overlap of findOverlaps(resources, this.resourceTemplates.all)) {
      this.logger.warn(describeOverlap(overlap));
    }
  }

  private addDiscovered(): readonly DiscoveredHandler[] {
    const handlers = this.discovery
      .discover()
      .filter(({ host }) => !this.discovered.has(host.wrapper));
    const undo: (() => void)[] = [];
    try {
      for (const handler of handlers) undo.push(this.add(handler));
      for (const handler of handlers) {
        if (handler.kind === 'completion' && !this.options.dynamic) assertCompletes(handler, this);
        if (handler.kind === 'tool') assertAppServed(handler, this, this.options);
      }
    } catch (error) {
      for (const remove of undo) remove();
      throw error;
    }
    for (const { host } of handlers) this.discovered.add(host.wrapper);
    return handlers;
  }

  private removeFrom(
    table: { retire(key: string): boolean },
    key: string,
    kind: 'tools_list_changed' | 'resources_list_changed' | 'prompts_list_changed',
  ): boolean {
    const removed = table.retire(key);
    if (removed) this.bus.publish({ kind });
    return removed;
  }

  /**
   * @throws {InvalidHandlerError} a route that a tool cannot call, or that Nest has not registered
   * @throws {MissingPolicyError}
   */
  private compileRoute(handler: RouteTool): CatalogTool {
    const { host, method } = handler;
    const source = sourceOf(handler);
    if (this.isInitialized) {
      throw new InvalidHandlerError(
        source,
        'its module was loaded later, and Nest registers no routes of such modules. Import the module, or put the tool on a provider.',
      );
    }
    const target = { type: host.type, method };
    const access = this.rules.register(accessRuleOf(host.type, method), target, source);
    return compileRouteTool(handler, this.routes, access, this.options.toolLimits);
  }

  /** @throws {MissingPolicyError} */
  private register<E extends CatalogEntry>(entry: E, { host, method }: DiscoveredHandler): E {
    const access = this.rules.register(entry.access, { type: host.type, method }, entry.source);
    return { ...entry, access };
  }

  /** @returns a function that removes the entry */
  private add(handler: DiscoveredHandler): () => void {
    const registered = <E extends CatalogEntry>(entry: E): E => this.register(entry, handler);
    const { toolLimits, limits } = this.options;
    const parts = { pipelines: this.pipelines, schemas: this.schemas };
    const listed = listedOf(handler);
    switch (handler.kind) {
      case 'tool': {
        const tool = handler.isRoute
          ? this.compileRoute(handler)
          : registered(compileTool(handler, parts, toolLimits));
        return this.tools.add({ ...tool, listed, call: auditedRun('tool', tool, tool.call) });
      }
      case 'resource': {
        const resource = registered(compileResource(handler, parts));
        const read = auditedRun('resource', resource, resource.read);
        return this.resources.add({ ...resource, listed, read });
      }
      case 'resource template': {
        const template = registered(compileResourceTemplate(handler, parts));
        const read = auditedRun('resource template', template, template.read);
        return this.resourceTemplates.add({ ...template, listed, read });
      }
      case 'prompt': {
        const prompt = registered(compilePrompt(handler, parts, limits.nameLength));
        const get = auditedRun('prompt', prompt, prompt.get);
        return this.prompts.add({ ...prompt, listed, get });
      }
      case 'completion': {
        const completion = registered(compileCompletion(handler, this.pipelines));
        const complete = auditedRun('completion', completion, completion.complete);
        return this.completions.add({ ...completion, complete });
      }
    }
  }
}

/** The notification for an added entry of each kind; there is none for completions. */
const CHANGES = {
  tool: 'tools_list_changed',
  resource: 'resources_list_changed',
  'resource template': 'resources_list_changed',
  prompt: 'prompts_list_changed',
  completion: undefined,
} as const;

import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { ServerEventBus } from '@modelcontextprotocol/server';
import { AccessRuleRegistry } from '../../access/access-rule-registry.js';
import { auditedRun } from './audited-run.js';
import { HandlerPipelineFactory } from '../invocation/handler-pipeline.js';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import type { ListName } from '../protocol/methods.js';
import { normalizeUri, uriIdentity } from '../protocol/normalize-uri.js';
import { CONTAINED_EVENT_BUS, RESOLVED_MCP_OPTIONS } from '../mcp.tokens.js';
import type {
  CatalogCompletion,
  CatalogEntry,
  CatalogPrompt,
  CatalogResource,
  CatalogResourceTemplate,
  CatalogTool,
} from './catalog-entry.js';
import { assertCompletes, compileCompletion, compilePrompt } from './prompt-compiler.js';
import { EntryTable } from './entry-table.js';
import { HandlerDiscovery, type DiscoveredHandler } from './handler-discovery.js';
import { describeOverlap, findOverlaps } from './overlapping-templates.js';
import { compileResource, compileResourceTemplate } from './resource-compiler.js';
import type { McpPromptOptions } from '../authoring/mcp-prompt.decorator.js';
import type { McpResourceOptions } from '../authoring/mcp-resource.decorator.js';
import { declareAtRuntime, type RuntimeAccess, type RuntimeHandler } from './runtime-handler.js';
import { compileTool } from './tool-compiler.js';
import type { McpToolOptions } from '../authoring/mcp-tool.decorator.js';
import { UnknownToolError } from '../mcp.errors.js';
import type { UriVariables } from './uri-pattern.js';

/** Everything that the server offers, compiled once when the application starts. */
@Injectable()
export class McpCatalog implements OnModuleInit {
  readonly tools = new EntryTable<CatalogTool>('tool');
  readonly resources = new EntryTable<CatalogResource>('resource', uriIdentity);
  readonly resourceTemplates = new EntryTable<CatalogResourceTemplate>('resource template');
  readonly prompts = new EntryTable<CatalogPrompt>('prompt');
  readonly completions = new EntryTable<CatalogCompletion>('completion');
  private readonly logger = new Logger('McpCatalog');
  /** Providers whose handlers are here, or were until somebody removed them. */
  private readonly known = new WeakSet<object>();

  constructor(
    private readonly discovery: HandlerDiscovery,
    private readonly pipelines: HandlerPipelineFactory,
    private readonly rules: AccessRuleRegistry,
    @Inject(RESOLVED_MCP_OPTIONS) private readonly options: ResolvedMcpOptions,
    @Inject(CONTAINED_EVENT_BUS) private readonly bus: ServerEventBus,
  ) {}

  onModuleInit(): void {
    this.addDiscovered();
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
   * Adds what modules bring that were loaded while the server runs, by `LazyModuleLoader`, and tells the
   * clients. Where one entry cannot be served, none is added.
   *
   * @throws {DuplicateEntryError} @throws {InvalidHandlerError} @throws {UnboundEnhancerError}
   */
  discover(): void {
    const kinds = this.addDiscovered().map(({ kind }) => CHANGES[kind]);
    for (const kind of new Set(kinds)) if (kind) this.bus.publish({ kind });
  }

  /**
   * Adds a tool while the server runs, and tells the clients. It goes through the same pipeline and the
   * same access rules as one of a provider.
   *
   * @throws {DuplicateEntryError} @throws {InvalidHandlerError}
   */
  addTool(options: McpToolOptions & RuntimeAccess & { name: string }, run: RuntimeHandler): void {
    const declaration = { kind: 'tool', options } as const;
    this.add(declareAtRuntime(declaration, options, run));
    this.bus.publish({ kind: 'tools_list_changed' });
  }

  /** Removes a tool, and tells the clients. @returns whether there was one */
  removeTool(name: string): boolean {
    return this.removeFrom(this.tools, name, 'tools_list_changed');
  }

  /**
   * Adds a resource while the server runs, and tells the clients.
   *
   * @throws {DuplicateEntryError} @throws {InvalidHandlerError}
   */
  addResource(
    options: McpResourceOptions & RuntimeAccess & { name: string },
    run: RuntimeHandler,
  ): void {
    const declaration = { kind: 'resource', options } as const;
    const handler = declareAtRuntime(declaration, { ...accessOf(options), name: options.uri }, run);
    this.add(handler);
    const added = this.resources.get(options.uri);
    if (added) this.warnOfOverlaps([added]);
    this.bus.publish({ kind: 'resources_list_changed' });
  }

  /** Removes a resource, and tells the clients. @returns whether there was one */
  removeResource(uri: string): boolean {
    return this.removeFrom(this.resources, uri, 'resources_list_changed');
  }

  /**
   * Adds a prompt while the server runs, and tells the clients.
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

  /** Removes a prompt, and tells the clients. @returns whether there was one */
  removePrompt(name: string): boolean {
    return this.removeFrom(this.prompts, name, 'prompts_list_changed');
  }

  /** @internal The entries that a list is made of. */
  tableOf(list: ListName): EntryTable<CatalogEntry> {
    return this[list];
  }

  /**
   * What a URI stands for: a resource of its own, or one of a family with its variables. Every spelling
   * of a URI (RFC 3986 §6.2.2) is the same one, so that none leads past a resource to a template.
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

  /** One spelling for all URIs that stand for the same, for subscriptions and what is told of them. */
  canonicalUri(uri: string): string {
    return this.resources.get(uri)?.key ?? normalizeUri(uri);
  }

  private warnOfOverlaps(resources: readonly CatalogResource[]): void {
    for (const overlap of findOverlaps(resources, this.resourceTemplates.all)) {
      this.logger.warn(describeOverlap(overlap));
    }
  }

  private addDiscovered(): readonly DiscoveredHandler[] {
    const handlers = this.discovery.discover().filter(({ host }) => !this.known.has(host.wrapper));
    const undo: (() => void)[] = [];
    try {
      for (const handler of handlers) undo.push(this.add(handler));
      for (const handler of handlers) {
        if (handler.kind === 'completion' && !this.options.dynamic) assertCompletes(handler, this);
      }
    } catch (error) {
      for (const remove of undo) remove();
      throw error;
    }
    for (const { host } of handlers) this.known.add(host.wrapper);
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

  /** @throws {MissingPolicyError} */
  private enter<E extends CatalogEntry>(entry: E, { host, method }: DiscoveredHandler): E {
    const access = this.rules.register(entry.access, { type: host.type, method }, entry.source);
    return { ...entry, access };
  }

  /** @returns what takes the entry out again */
  private add(handler: DiscoveredHandler): () => void {
    const { pipelines } = this;
    const entered = <E extends CatalogEntry>(entry: E): E => this.enter(entry, handler);
    const { toolLimits } = this.options;
    switch (handler.kind) {
      case 'tool': {
        const tool = entered(compileTool(handler, pipelines, toolLimits));
        return this.tools.add({ ...tool, call: auditedRun('tool', tool, tool.call) });
      }
      case 'resource': {
        const resource = entered(compileResource(handler, pipelines));
        const read = auditedRun('resource', resource, resource.read);
        return this.resources.add({ ...resource, read });
      }
      case 'resource template': {
        const template = entered(compileResourceTemplate(handler, pipelines));
        const read = auditedRun('resource template', template, template.read);
        return this.resourceTemplates.add({ ...template, read });
      }
      case 'prompt': {
        const prompt = entered(compilePrompt(handler, pipelines));
        return this.prompts.add({ ...prompt, get: auditedRun('prompt', prompt, prompt.get) });
      }
      case 'completion': {
        const completion = entered(compileCompletion(handler, pipelines));
        const complete = auditedRun('completion', completion, completion.complete);
        return this.completions.add({ ...completion, complete });
      }
    }
  }
}

/** What a URI stands for. */
export interface FoundResource {
  readonly entry: CatalogResource | CatalogResourceTemplate;
  readonly variables: UriVariables;
  /** In its normal form; of a resource of its own, as the application declares it. */
  readonly uri: string;
}

/** What clients are told when an entry of a kind has come; of completions they hear nothing. */
const CHANGES = {
  tool: 'tools_list_changed',
  resource: 'resources_list_changed',
  'resource template': 'resources_list_changed',
  prompt: 'prompts_list_changed',
  completion: undefined,
} as const;

function accessOf({ access }: RuntimeAccess): RuntimeAccess {
  return access ? { access } : {};
}

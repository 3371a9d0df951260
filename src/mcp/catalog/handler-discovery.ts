import { Inject, Injectable, Logger, type Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, ModulesContainer } from '@nestjs/core';
import { hasAccessDecorator } from '../../access/access.decorators.js';
import { readMetadata } from '../../request/read-metadata.js';
import { ConfirmMetadata } from '../authoring/confirm.decorator.js';
import { isOmitted, McpHandlerHost } from '../authoring/mark-handler.js';
import {
  CompletionMetadata,
  PromptMetadata,
  type McpCompletionOptions,
  type McpPromptOptions,
} from '../authoring/mcp-prompt.decorator.js';
import {
  ResourceTemplateMetadata,
  ResourceMetadata,
  type McpResourceOptions,
  type McpResourceTemplateOptions,
} from '../authoring/mcp-resource.decorator.js';
import { ToolMetadata, type McpToolOptions } from '../authoring/mcp-tool.decorator.js';
import type { HandlerHost } from '../invocation/declared-handler.js';
import type { McpFeature } from '../mcp-feature.module.js';
import { InvalidHandlerError, IncludedModuleError } from '../mcp.errors.js';
import { MCP_FEATURE, MCP_INCLUDE, MCP_PATH } from '../mcp.tokens.js';
import { ownersOf } from '../method-owners.js';
import { ENHANCER_METADATA, type InstanceWrapper, type Module } from '../nest-internals.js';
import { routeMethodOf } from '../routes/route-paths.js';

/** The modules whose providers belong to this server. */
@Injectable()
export class ServerModules {
  private readonly included: ReadonlySet<unknown> | undefined;

  constructor(
    private readonly modules: ModulesContainer,
    @Inject(MCP_INCLUDE) include: readonly Type[] | null,
    @Inject(MCP_PATH) private readonly path: string,
  ) {
    this.included = include ? new Set(include) : undefined;
  }

  /** @throws {IncludedModuleError} an included module is not imported */
  assertImported(): void {
    const imported = new Set<unknown>([...this.modules.values()].map(({ metatype }) => metatype));
    for (const module of this.included ?? []) {
      if (imported.has(module)) continue;
      const name = typeof module === 'function' ? module.name : String(module);
      throw new IncludedModuleError(this.path, name);
    }
  }

  /** A module with `forFeature()` belongs to the servers that it names, and to no other. */
  has(module: Module | undefined): boolean {
    const paths = featurePathsOf(module);
    if (this.included?.has(module?.metatype) || paths.includes(this.path)) return true;
    return !this.included && paths.length === 0;
  }
}

function featurePathsOf(module: Module | undefined): readonly string[] {
  return [...(module?.imports ?? [])].flatMap(
    (one) => one.getProviderByKey<McpFeature>(MCP_FEATURE)?.instance?.path ?? [],
  );
}

/** A method that declares an entry of the catalog, and its provider. */
export type DiscoveredHandler = {
  readonly host: HandlerHost;
  readonly method: string;
  /** Whether it is a route handler of a controller. */
  readonly isRoute?: boolean;
} & Declaration;

/** The kind and the options of the decorator of a method. */
export type Declaration =
  | { readonly kind: 'tool'; readonly options: McpToolOptions }
  | { readonly kind: 'resource'; readonly options: McpResourceOptions }
  | { readonly kind: 'resource template'; readonly options: McpResourceTemplateOptions }
  | { readonly kind: 'prompt'; readonly options: McpPromptOptions }
  | { readonly kind: 'completion'; readonly options: McpCompletionOptions };

/** Finds the handlers of a server among the providers of the modules that it includes. */
@Injectable()
export class HandlerDiscovery {
  private readonly logger = new Logger('McpCatalog');
  /** Classes that were warned of: modules that are loaded later are discovered again. */
  private readonly warned = new WeakSet<Function>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly modules: ServerModules,
  ) {}

  /**
   * Every handler once, even if its provider is exported, aliased or imported many times.
   *
   * @throws {IncludedModuleError} an included module is not imported
   * @throws {InvalidHandlerError} a controller has a handler that is no tool on a route, a method
   *   declares two entries, a method looks like an entry and is none, or a method that is no tool has
   *   `@Confirm()`
   */
  discover(): readonly DiscoveredHandler[] {
    const routes = this.discovery.getControllers().flatMap((wrapper) => {
      const handlers = this.handlersOf(wrapper).map(asRoute);
      return this.modules.has(wrapper.host) ? handlers : [];
    });
    this.modules.assertImported();
    const providers = this.discovery
      .getProviders()
      .filter(({ host, isAlias }) => !isAlias && this.modules.has(host));
    for (const { metatype } of providers) this.warnOfUnchecked(metatype);
    const made = new Set(providers.filter((one) => !one.isNotMetatype).map((one) => one.instance));
    const handlers = providers
      .filter(({ isNotMetatype, instance }) => !(isNotMetatype && instance && made.has(instance)))
      .flatMap((wrapper) => this.handlersOf(wrapper));
    for (const handler of handlers) assertNoRouteOptions(handler);
    return [...handlers, ...routes];
  }

  /**
   * The class of the instance comes first; the token comes last, so that
   * `overrideProvider(Tools).useValue(fake)` keeps the tools of `Tools` and their access rules.
   */
  private handlersOf(wrapper: InstanceWrapper): readonly DiscoveredHandler[] {
    const types = new Set([wrapper.metatype, wrapper.instance?.constructor, wrapper.token]);
    const hosts = [...types].filter(isHost);
    let handlers: readonly DiscoveredHandler[] = [];
    for (const type of hosts) {
      const before = handlers;
      const isNew = ({ method, kind }: DiscoveredHandler): boolean =>
        !before.some((one) => one.method === method && one.kind === kind);
      handlers = [...before, ...this.declaredBy({ wrapper, type }).filter(isNew)];
    }
    const entries = new Set(handlers.map(({ method }) => method));
    for (const type of hosts) this.assertNoneLost(type, entries);
    return handlers;
  }

  /** Methods that look like entries, and are none. */
  private assertNoneLost({ prototype }: Type<object>, entries: ReadonlySet<string>): void {
    for (const method of this.scanner.getAllMethodNames(prototype)) {
      const handler: HandlerFunction = Reflect.get(prototype, method);
      if (entries.has(method) || isOmitted(handler)) continue;
      const [owner, ...above] = ownersOf(prototype, method);
      const source = `${owner?.constructor.name}.${method}`;
      for (const base of above) {
        const [declaration] = declarationsOf(Reflect.get(base, method));
        if (!declaration) continue;
        throw new InvalidHandlerError(
          source,
          `it overrides the ${declaration.kind} ${base.constructor.name}.${method} without a decorator, and would be none. Repeat ${DECORATORS[declaration.kind]} and the access decorators on it, or put @McpOmit() on it.`,
        );
      }
      if (!hasAccessDecorator(handler) || isOfAnother(handler)) continue;
      throw new InvalidHandlerError(
        source,
        'it has an access decorator, but is no entry and no route, so that nothing would check it. Add @McpTool({ … }), or remove the access decorator.',
      );
    }
  }

  /** In a class without entries, code of the application may read the rules by itself. */
  private warnOfUnchecked(type: unknown): void {
    if (typeof type !== 'function' || isHost(type) || this.warned.has(type)) return;
    const { prototype }: { readonly prototype: unknown } = type;
    if (typeof prototype !== 'object' || prototype === null) return;
    for (const method of this.scanner.getAllMethodNames(prototype)) {
      const handler: HandlerFunction = Reflect.get(prototype, method);
      if (!hasAccessDecorator(handler) || isOfAnother(handler)) continue;
      this.warned.add(type);
      this.logger.warn(
        `${type.name}.${method} has an access decorator, but ${type.name} has no entries and no routes: nothing checks it. Add @McpTool({ … }), or remove the access decorator.`,
      );
    }
  }

  private declaredBy(host: HandlerHost): readonly DiscoveredHandler[] {
    const { prototype } = host.type;
    return this.scanner.getAllMethodNames(prototype).flatMap((method) => {
      const [declaration, second] = declarationsOf(Reflect.get(prototype, method));
      if (second) {
        throw new InvalidHandlerError(
          `${host.type.name}.${method}`,
          `it is a ${declaration?.kind} and a ${second.kind}, which take different input. Give each a method of its own.`,
        );
      }
      if (declaration?.kind !== 'tool' && asksToConfirm(prototype, method)) {
        throw new InvalidHandlerError(
          `${host.type.name}.${method}`,
          '@Confirm() is for tools, and it is none. Add @McpTool(), or ask with context.elicit().',
        );
      }
      return declaration ? [{ host, method, ...declaration }] : [];
    });
  }
}

function asksToConfirm(prototype: object, method: string): boolean {
  return readMetadata(ConfirmMetadata.KEY, Reflect.get(prototype, method)) !== undefined;
}

function declarationsOf(handler: HandlerFunction): readonly Declaration[] {
  const found: Declaration[] = [];
  for (const [kind, key] of KINDS) {
    const options = readMetadata(key, handler);
    // The decorator of the key has typed the options.
    if (options) found.push({ kind, options } as Declaration);
  }
  return found;
}

const KINDS = [
  ['tool', ToolMetadata.KEY],
  ['resource', ResourceMetadata.KEY],
  ['resource template', ResourceTemplateMetadata.KEY],
  ['prompt', PromptMetadata.KEY],
  ['completion', CompletionMetadata.KEY],
] as const satisfies readonly (readonly [Declaration['kind'], string])[];

const DECORATORS: Readonly<Record<Declaration['kind'], string>> = {
  tool: '@McpTool({ … })',
  resource: '@McpResource({ … })',
  'resource template': '@McpResourceTemplate({ … })',
  prompt: '@McpPrompt({ … })',
  completion: '@McpCompletion({ … })',
};

/** Whether another module of Nest calls a method: it has metadata that is neither ours nor an enhancer. */
function isOfAnother(handler: object): boolean {
  const enhancers: readonly unknown[] = ENHANCER_METADATA;
  return Reflect.getOwnMetadataKeys(handler).some(
    (key: unknown) => !String(key).startsWith('nestjs-clerk-mcp:') && !enhancers.includes(key),
  );
}

/** @throws {InvalidHandlerError} a handler of a controller that is no tool on a route */
function asRoute(handler: DiscoveredHandler): DiscoveredHandler {
  const { host, method, kind } = handler;
  const source = `${host.type.name}.${method}`;
  if (kind !== 'tool') {
    throw new InvalidHandlerError(
      source,
      `it is on a controller, and a ${kind} is no route. Put it on a provider.`,
    );
  }
  if (routeMethodOf(Reflect.get(host.type.prototype, method)) === undefined) {
    throw new InvalidHandlerError(
      source,
      'it is a method of a controller, and no route. Add a decorator such as @Get(), or put it on a provider.',
    );
  }
  return { ...handler, isRoute: true };
}

/** @throws {InvalidHandlerError} options of a route on a method of a provider */
function assertNoRouteOptions({ host, method, kind, options }: DiscoveredHandler): void {
  if (kind !== 'tool' || !options.route) return;
  throw new InvalidHandlerError(
    `${host.type.name}.${method}`,
    'it has the option route, and is a method of a provider. Remove the option, or put @McpTool() on a route handler.',
  );
}

type HandlerFunction = (...args: unknown[]) => unknown;

function isHost(candidate: unknown): candidate is Type<object> {
  // The metadata is on the class that declares the handlers, and is inherited by its subclasses.
  return (
    typeof candidate === 'function' && readMetadata(McpHandlerHost.KEY, candidate) !== undefined
  );
}

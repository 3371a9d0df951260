import { Injectable, type Type, Inject } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector, ModulesContainer } from '@nestjs/core';
import type { InstanceWrapper, Module } from '../nest-internals.js';
import { InvalidHandlerError, IncludedModuleError } from '../mcp.errors.js';
import { McpHandlerHost } from '../authoring/mark-handler.js';
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
import { MCP_FEATURE, MCP_INCLUDE, MCP_PATH } from '../mcp.tokens.js';

/** Which modules make up the catalog of this server. */
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

  /** @throws {IncludedModuleError} an included module is not there */
  assertImported(): void {
    const imported = new Set<unknown>([...this.modules.values()].map(({ metatype }) => metatype));
    for (const module of this.included ?? []) {
      if (imported.has(module)) continue;
      const name = typeof module === 'function' ? module.name : String(module);
      throw new IncludedModuleError(this.path, name);
    }
  }

  /** Where a module says itself which servers it belongs to, it belongs to no other. */
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

/** A method that is an entry of the catalog, and the provider it lives on. */
export type DiscoveredHandler = {
  readonly host: HandlerHost;
  readonly method: string;
} & Declaration;

/** What the decorator of a method says. */
export type Declaration =
  | { readonly kind: 'tool'; readonly options: McpToolOptions }
  | { readonly kind: 'resource'; readonly options: McpResourceOptions }
  | { readonly kind: 'resource template'; readonly options: McpResourceTemplateOptions }
  | { readonly kind: 'prompt'; readonly options: McpPromptOptions }
  | { readonly kind: 'completion'; readonly options: McpCompletionOptions };

/** Finds the handlers of a server among the providers of the modules that it includes. */
@Injectable()
export class HandlerDiscovery {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
    private readonly modules: ServerModules,
  ) {}

  /**
   * Every handler once, also where a provider is exported, aliased or imported many times.
   *
   * @throws {IncludedModuleError} an included module is not there
   * @throws {InvalidHandlerError} a controller has handlers: Nest runs its methods as routes only;
   * or a method is two entries at once
   */
  discover(): readonly DiscoveredHandler[] {
    const controller = this.discovery.getControllers().find(({ metatype }) => isHost(metatype));
    if (controller) {
      throw new InvalidHandlerError(controller.name, 'it is a controller. Put it on a provider.');
    }
    this.modules.assertImported();
    const providers = this.discovery
      .getProviders()
      .filter(({ host, isAlias }) => !isAlias && this.modules.has(host));
    const made = new Set(providers.filter((one) => !one.isNotMetatype).map((one) => one.instance));
    return providers
      .filter(({ isNotMetatype, instance }) => !(isNotMetatype && instance && made.has(instance)))
      .flatMap((wrapper) => this.handlersOf(wrapper));
  }

  /**
   * The class that was instantiated knows best; the token comes after it, so that
   * `overrideProvider(Tools).useValue(fake)` keeps the tools of `Tools` and their access rules.
   */
  private handlersOf(wrapper: InstanceWrapper): readonly DiscoveredHandler[] {
    const types = new Set<unknown>([
      wrapper.metatype,
      wrapper.instance?.constructor,
      wrapper.token,
    ]);
    const hosts = [...types].filter(isHost);
    const found = new Map<string, DiscoveredHandler>();
    for (const type of hosts) {
      for (const handler of this.declaredBy({ wrapper, type })) {
        const key = `${handler.method} ${handler.kind}`;
        if (!found.has(key)) found.set(key, handler);
      }
    }
    return [...found.values()];
  }

  private declaredBy(host: HandlerHost): readonly DiscoveredHandler[] {
    const { prototype } = host.type;
    return this.scanner.getAllMethodNames(prototype).flatMap((method) => {
      const [declaration, second] = this.declarationsOf(Reflect.get(prototype, method));
      if (second) {
        throw new InvalidHandlerError(
          `${host.type.name}.${method}`,
          `it is a ${declaration?.kind} and a ${second.kind}, which take different input. Give each a method of its own.`,
        );
      }
      return declaration ? [{ host, method, ...declaration }] : [];
    });
  }

  private declarationsOf(handler: HandlerFunction): readonly Declaration[] {
    const tool = this.reflector.get(ToolMetadata, handler);
    const resource = this.reflector.get(ResourceMetadata, handler);
    const template = this.reflector.get(ResourceTemplateMetadata, handler);
    const prompt = this.reflector.get(PromptMetadata, handler);
    const completion = this.reflector.get(CompletionMetadata, handler);
    return [
      ...(tool ? [{ kind: 'tool', options: tool } as const] : []),
      ...(resource ? [{ kind: 'resource', options: resource } as const] : []),
      ...(template ? [{ kind: 'resource template', options: template } as const] : []),
      ...(prompt ? [{ kind: 'prompt', options: prompt } as const] : []),
      ...(completion ? [{ kind: 'completion', options: completion } as const] : []),
    ];
  }
}

type HandlerFunction = (...args: unknown[]) => unknown;

function isHost(candidate: unknown): candidate is Type<object> {
  // The tag sits on the class that declares the tools; a class that extends it inherits it.
  return typeof candidate === 'function' && Reflect.hasMetadata(McpHandlerHost.KEY, candidate);
}

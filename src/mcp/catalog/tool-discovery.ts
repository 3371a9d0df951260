import { Injectable, type Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { InvalidToolError } from './invalid-tool.error.js';
import { McpToolHost, ToolMetadata } from './mcp-tool.decorator.js';
import type { ToolHost } from './tool-host.js';
import type { McpToolOptions } from './tool-options.js';

/** A method that says `@McpTool()`, and the provider it lives on. */
export interface DiscoveredTool {
  readonly host: ToolHost;
  readonly method: string;
  readonly options: McpToolOptions;
}

/** Finds the tools of the application among all of its providers. */
@Injectable()
export class ToolDiscovery {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  /**
   * Every tool once, also where a provider is exported, aliased or imported many times.
   *
   * @throws {InvalidToolError} a controller has tools: Nest runs its methods as routes only
   */
  discover(): readonly DiscoveredTool[] {
    const controller = this.discovery.getControllers().find(({ metatype }) => isHost(metatype));
    if (controller) {
      throw new InvalidToolError(controller.name, 'it is a controller. Put tools on a provider.');
    }
    const providers = this.discovery.getProviders().filter(({ isAlias }) => !isAlias);
    const made = new Set(providers.filter((one) => !one.isNotMetatype).map((one) => one.instance));
    return providers
      .filter(({ isNotMetatype, instance }) => !(isNotMetatype && instance && made.has(instance)))
      .flatMap((wrapper) => this.toolsOf(wrapper));
  }

  /**
   * The class that was instantiated knows best; the token comes after it, so that
   * `overrideProvider(Tools).useValue(fake)` keeps the tools of `Tools` and their access rules.
   */
  private toolsOf(wrapper: InstanceWrapper): readonly DiscoveredTool[] {
    const found = new Map<string, DiscoveredTool>();
    for (const type of [wrapper.metatype, wrapper.instance?.constructor, wrapper.token]) {
      if (!isHost(type)) continue;
      for (const tool of this.toolsDeclaredBy({ wrapper, type })) {
        if (!found.has(tool.method)) found.set(tool.method, tool);
      }
    }
    return [...found.values()];
  }

  private toolsDeclaredBy(host: ToolHost): readonly DiscoveredTool[] {
    const { prototype } = host.type;
    return this.scanner.getAllMethodNames(prototype).flatMap((method) => {
      const options = this.reflector.get(ToolMetadata, Reflect.get(prototype, method));
      return options ? [{ host, method, options }] : [];
    });
  }
}

function isHost(candidate: unknown): candidate is Type<object> {
  // The tag sits on the class that declares the tools; a class that extends it inherits it.
  return typeof candidate === 'function' && Reflect.hasMetadata(McpToolHost.KEY, candidate);
}

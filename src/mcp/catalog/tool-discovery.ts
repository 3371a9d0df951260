import { Injectable, type Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
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

  /** Every tool once, also where a provider is exported, aliased or imported many times. */
  discover(): readonly DiscoveredTool[] {
    return this.discovery
      .getProviders()
      .filter(({ isAlias }) => !isAlias)
      .flatMap((wrapper) => {
        const type = [wrapper.token, wrapper.metatype, wrapper.instance?.constructor].find(isHost);
        return type ? this.toolsOf({ wrapper, type }) : [];
      });
  }

  private toolsOf(host: ToolHost): readonly DiscoveredTool[] {
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

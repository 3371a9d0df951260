import { Inject, Injectable, type Type } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { Module } from '@nestjs/core/injector/module.js';
import type { McpFeature } from '../mcp-feature.module.js';
import { MCP_FEATURE, MCP_INCLUDE, MCP_PATH } from '../mcp.tokens.js';
import { IncludedModuleError } from './included-module.error.js';

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

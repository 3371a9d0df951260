import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { AccessFacts } from '../access/access-facts.js';
import type { AccessRule } from '../access/access-rule.js';
import { accessRuleOf } from '../access/access.decorators.js';
import { AccessError } from '../access/access.errors.js';
import { ResourceRules } from '../access/resource-rules.js';
import {
  lineOf,
  type RuledHandler,
  type ScopeWarning,
  ScopeWarnings,
} from '../access/scope-warnings.js';
import { RESOURCE_PATH } from '../request/guard-phase.js';
import { PublishedScopes } from './published-scopes.js';

/**
 * The rules of routes with access decorators: part of the scopes that their resource publishes with
 * `scopes: 'catalog'`. Warns at the start of scopes that it does not publish.
 */
@Injectable()
export class GuardedRoutes implements OnModuleInit, OnApplicationBootstrap {
  private readonly logger = new Logger('ClerkAuthModule');
  private readonly scanner = new MetadataScanner();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly rules: ResourceRules,
    private readonly published: PublishedScopes,
    private readonly facts: AccessFacts,
  ) {}

  onModuleInit(): void {
    for (const [path, handlers] of this.byResource()) {
      const parts = [handlers.map(({ access }) => access)];
      this.rules.register(path, () => parts);
    }
  }

  onApplicationBootstrap(): void {
    for (const warning of this.findUnpublished()) this.logger.warn(lineOf(warning));
  }

  /** The rules of routes that need a scope which clients are not told to request. */
  findUnpublished(): readonly ScopeWarning[] {
    return [...this.byResource()].flatMap(([path, handlers]) =>
      new ScopeWarnings(this.facts, path).about(`Routes of the resource ${path}`, handlers),
    );
  }

  /** Routes without `@ResourcePath()` belong to the primary resource. */
  private byResource(): ReadonlyMap<string, readonly RuledHandler[]> {
    const found = new Map<string, readonly RuledHandler[]>();
    for (const { metatype } of this.discovery.getControllers()) {
      if (typeof metatype !== 'function') continue;
      const path = Reflect.getMetadata(RESOURCE_PATH, metatype) ?? this.published.primaryPath;
      found.set(path, [...(found.get(path) ?? []), ...this.handlersOf(metatype)]);
    }
    return found;
  }

  private handlersOf(type: Function): readonly RuledHandler[] {
    return this.scanner.getAllMethodNames(type.prototype).flatMap((method) => {
      const access = ruleOf(type, method);
      return access ? [{ name: `${type.name}.${method}`, access }] : [];
    });
  }
}

/** @returns `undefined` for a contradictory rule, with which the guard refuses every request */
function ruleOf(type: Function, method: string): AccessRule | undefined {
  try {
    return accessRuleOf(type, method);
  } catch (error) {
    if (error instanceof AccessError) return undefined;
    throw error;
  }
}

import { Module } from '@nestjs/common';
import type { DiscoveryService } from '@nestjs/core';
import { trimSlashes } from '../request/trim-slashes.js';
import { optionProblem, type OptionsOf } from '../request/known-options.js';
import {
  CLERK_RESOURCE_OPTIONS,
  type ClerkAuthOptions,
  type ClerkResourceOptions,
} from './clerk-auth.options.js';
import { ClerkConfigurationError } from './clerk.errors.js';

/** Provides the options of one protected resource. */
@Module({})
export class ClerkFeatureModule {}

/** Options of `ClerkAuthModule.forFeature()`, for one protected resource. */
export interface ClerkFeature extends ClerkResourceOptions {
  /** Path of the endpoint, as in `McpModule.forRoot()`. */
  readonly path: string;
}

const FEATURE_OPTIONS = {
  path: true,
  ...CLERK_RESOURCE_OPTIONS,
} as const satisfies OptionsOf<ClerkFeature>;

/** @throws {ClerkConfigurationError} there is no path, or an option does not exist */
export function assertFeature(feature: ClerkFeature | undefined): asserts feature is ClerkFeature {
  const problem = feature && optionProblem(feature, FEATURE_OPTIONS);
  if (problem === undefined && typeof feature?.path === 'string') return;
  throw new ClerkConfigurationError(
    `ClerkAuthModule.forFeature(): ${problem ?? "path is missing. Write the path of the endpoint: forFeature({ path: 'admin', … })."}`,
  );
}

/** Injection token of a {@link ClerkFeature}. */
export const CLERK_FEATURE = Symbol('CLERK_FEATURE');

/**
 * Adds the resources of all `forFeature()` calls to the options.
 *
 * @throws {ClerkConfigurationError} a resource is described twice
 */
export function withFeatures(
  options: ClerkAuthOptions,
  discovery: DiscoveryService,
): ClerkAuthOptions {
  const resources = new Map<string, ClerkResourceOptions>();
  const add = (path: string, resource: ClerkResourceOptions): void => {
    const key = trimSlashes(path);
    if (resources.has(key)) {
      throw new ClerkConfigurationError(
        `The resource "${key}" is described twice. Describe it once, in ClerkAuthModule.forFeature() or in resources of forRoot().`,
      );
    }
    resources.set(key, resource);
  };
  for (const [path, resource] of Object.entries(options.resources ?? {})) add(path, resource);
  for (const { token, instance } of discovery.getProviders()) {
    if (token !== CLERK_FEATURE) continue;
    const { path, ...resource }: ClerkFeature = instance;
    add(path, resource);
  }
  return { ...options, resources: Object.fromEntries(resources) };
}

import { Module } from '@nestjs/common';
import type { DiscoveryService } from '@nestjs/core';
import type { ClerkAuthOptions, ClerkResourceOptions } from './clerk-auth.options.js';
import { ClerkConfigurationError } from './clerk.errors.js';

/** What `ClerkAuthModule.forFeature()` says of one protected resource. */
export interface ClerkFeature extends ClerkResourceOptions {
  /** Path of the endpoint that is the resource, as `McpModule.forRoot()` has it. */
  readonly path: string;
}

/** Injects a {@link ClerkFeature}. */
export const CLERK_FEATURE = Symbol('CLERK_FEATURE');

/** Carries what a module says of a protected resource. */
@Module({})
export class ClerkFeatureModule {}

/**
 * The options, with what the features of the application say of their resources.
 *
 * @throws {ClerkConfigurationError} one resource is described twice
 */
export function withFeatures(
  options: ClerkAuthOptions,
  discovery: DiscoveryService,
): ClerkAuthOptions {
  const resources = new Map(Object.entries(options.resources ?? {}));
  for (const { token, instance } of discovery.getProviders()) {
    if (token !== CLERK_FEATURE) continue;
    const { path, ...resource }: ClerkFeature = instance;
    if (resources.has(path)) {
      throw new ClerkConfigurationError(
        `The resource "${path}" is described twice. Say it once: in ClerkAuthModule.forFeature(), or in resources of forRoot().`,
      );
    }
    resources.set(path, resource);
  }
  return { ...options, resources: Object.fromEntries(resources) };
}

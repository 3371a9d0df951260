import type { TestingModuleBuilder } from '@nestjs/testing';
import type { ClerkAuthOptions } from '../../src/clerk/clerk-auth.options.js';
import { MODULE_OPTIONS_TOKEN } from '../../src/clerk/clerk-auth.module-definition.js';
import type { ClerkLimits } from '../../src/clerk/clerk-limits.js';
import { resolveClerkOptions } from '../../src/clerk/resolve-clerk-options.js';
import { CLERK_OPTIONS } from '../../src/clerk/resolved-clerk-options.js';

/** The service with other time limits towards Clerk, so that no test has to wait for them. */
export const withLimits =
  (limits: Partial<ClerkLimits>) =>
  (builder: TestingModuleBuilder): TestingModuleBuilder =>
    builder.overrideProvider(CLERK_OPTIONS).useFactory({
      inject: [MODULE_OPTIONS_TOKEN],
      factory: (options: ClerkAuthOptions) =>
        resolveClerkOptions({ ...options, limits: { ...options.limits, ...limits } }),
    });

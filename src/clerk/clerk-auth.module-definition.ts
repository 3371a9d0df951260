import { ConfigurableModuleBuilder, type InjectionToken } from '@nestjs/common';
import { extrasProblem } from '../request/known-options.js';
import {
  CLERK_AUTH_EXTRAS,
  CLERK_AUTH_OPTIONS,
  type ClerkAuthExtras,
  type ClerkAuthOptions,
} from './clerk-auth.options.js';
import { createWebhookController } from './webhooks/clerk-webhook.controller.js';
import { ClerkConfigurationError } from './clerk.errors.js';
import { CLERK_OPTIONS } from './resolved-clerk-options.js';

const DEFAULTS = { isGlobal: true, webhookPath: 'webhooks/clerk' };

/** `forRoot` and `forRootAsync` of `ClerkAuthModule`. The module is global by default. */
export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<ClerkAuthOptions>({ moduleName: 'ClerkAuth' })
    .setClassMethodName('forRoot')
    .setExtras<ClerkAuthExtras>(DEFAULTS, (definition, extras) => {
      const problem = extrasProblem(definition, extras, CLERK_AUTH_EXTRAS, CLERK_AUTH_OPTIONS);
      if (problem !== undefined) throw new ClerkConfigurationError(`ClerkAuthModule: ${problem}`);
      return {
        ...definition,
        global: extras.isGlobal ?? DEFAULTS.isGlobal,
        controllers: [createWebhookController(extras.webhookPath ?? DEFAULTS.webhookPath)],
      };
    })
    .build();

/**
 * Checks that `forRoot()` was called once. With two of these modules, the import order would decide which
 * one a guard uses.
 *
 * @param providers of the whole application
 * @throws {ClerkConfigurationError} the module has no options, or is imported twice
 */
export function assertImportedOnce(
  options: ClerkAuthOptions | undefined,
  providers: readonly { readonly token: InjectionToken }[],
): asserts options is ClerkAuthOptions {
  if (typeof options !== 'object' || options === null) {
    throw new ClerkConfigurationError(
      'ClerkAuthModule has no options. Import ClerkAuthModule.forRoot({ secretKey, clerkDomain, baseURL }), or return such an object from the factory of forRootAsync().',
    );
  }
  if (providers.filter(({ token }) => token === CLERK_OPTIONS).length <= 1) return;
  throw new ClerkConfigurationError(
    'ClerkAuthModule.forRoot() was called twice. Call it once in the application. It is global, so feature modules need no import; for options of one resource, use ClerkAuthModule.forFeature().',
  );
}

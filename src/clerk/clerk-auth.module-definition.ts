import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { ClerkAuthExtras, ClerkAuthOptions } from './clerk-auth.options.js';
import { createWebhookController } from './webhooks/clerk-webhook.controller.js';

const DEFAULTS = { isGlobal: true, webhookPath: 'webhooks/clerk' };

/** `forRoot` and `forRootAsync` of `ClerkAuthModule`. It is global unless told otherwise. */
export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<ClerkAuthOptions>({ moduleName: 'ClerkAuth' })
    .setClassMethodName('forRoot')
    .setExtras<ClerkAuthExtras>(DEFAULTS, (definition, { isGlobal, webhookPath }) => ({
      ...definition,
      global: isGlobal ?? DEFAULTS.isGlobal,
      controllers: [createWebhookController(webhookPath ?? DEFAULTS.webhookPath)],
    }))
    .build();

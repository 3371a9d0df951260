import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { ClerkAuthOptions } from './clerk-auth.options.js';

/** `forRoot` and `forRootAsync` of `ClerkAuthModule`. It is global unless told otherwise. */
export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<ClerkAuthOptions>({ moduleName: 'ClerkAuth' })
    .setClassMethodName('forRoot')
    .setExtras({ isGlobal: true }, (definition, { isGlobal }) => ({
      ...definition,
      global: isGlobal,
    }))
    .build();

import type { INestApplicationContext } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';

/** The wrapper of a provider, and the key of its module. */
export function wrapperIn(app: INestApplicationContext, token: unknown) {
  for (const [moduleKey, { providers }] of app.get(ModulesContainer)) {
    const wrapper = providers.get(token as never);
    if (wrapper) return { moduleKey, wrapper };
  }
  throw new Error('Not a provider.');
}

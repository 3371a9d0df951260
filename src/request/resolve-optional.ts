import type { ModuleRef } from '@nestjs/core';

/** A provider of any module of the application, if there is one: what another room may provide. */
export function resolveOptional<T>(
  moduleRef: ModuleRef,
  token: string | ((abstract new () => T) & { readonly prototype: T }),
): T | undefined {
  try {
    return moduleRef.get<T>(token, { strict: false });
  } catch {
    return undefined;
  }
}

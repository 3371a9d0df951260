import type { ModuleRef } from '@nestjs/core';

/** A provider from any module of the application; `undefined` if no module provides it. */
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

import type { InjectionToken, Scope } from '@nestjs/common';
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

/** The scope of a provider from any module of the application; `undefined` if no module provides it. */
export function scopeOf(moduleRef: ModuleRef, token: InjectionToken): Scope | undefined {
  try {
    return moduleRef.introspect(token as string).scope;
  } catch {
    return undefined;
  }
}

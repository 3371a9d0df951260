import { IntrinsicException } from '@nestjs/common';
import type { Refusal } from './refusal.js';

/** Thrown by a guard that turns a request away. Its {@link refusal} says why, never with what. */
export class AccessRefusedError extends IntrinsicException {
  readonly code = 'ACCESS_REFUSED';

  constructor(
    readonly refusal: Refusal,
    options?: { readonly cause?: unknown },
  ) {
    super(`Access refused: ${refusal.reason}.`, options);
    this.name = 'AccessRefusedError';
  }
}

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

/** Two access decorators of one class or method exclude each other. */
export class ContradictoryAccessError extends Error {
  readonly code = 'CONTRADICTORY_ACCESS';

  /** @param what is wrong, and what to do */
  constructor(
    target: object,
    key: string | symbol | undefined,
    what = 'is both @Public() and protected. Keep @Public() or the decorator that asks for a principal.',
  ) {
    const type = typeof target === 'function' ? target.name : target.constructor.name;
    const place = key === undefined ? type : `${type}.${String(key)}`;
    super(`${place} ${what}`);
    this.name = 'ContradictoryAccessError';
  }
}

/** A policy of an access rule cannot be asked. It stops the boot. */
export class MissingPolicyError extends Error {
  readonly code = 'MISSING_POLICY';

  /** @param problem what is wrong, and what to do */
  constructor(source: string, policy: string, problem: string) {
    super(`${policy}, which decides on access to ${source}, ${problem}`);
    this.name = 'MissingPolicyError';
  }
}

/** `@VerifyAlways()` stands where nothing can verify a credential anew. It stops the boot. */
export class UnverifiableAccessError extends Error {
  readonly code = 'UNVERIFIABLE_ACCESS';

  constructor(source: string) {
    super(
      `${source} says @VerifyAlways(), and no provider of the application can verify a credential anew. Import an authentication module that does, such as ClerkAuthModule, or provide PrincipalRenewal.`,
    );
    this.name = 'UnverifiableAccessError';
  }
}

import { HttpException, IntrinsicException } from '@nestjs/common';
import { docsPage } from '../docs/docs-page.js';
import { pauseStacks, resumeStacks } from '../request/without-stack.js';
import type { Refusal } from './refusal.js';
import type { RefusalAnswer } from './refusal-responder.js';

/** The codes of the errors that this folder throws. A code stays the same from version to version. */
export type AccessErrorCode =
  | 'ACCESS_REFUSED'
  | 'REFUSED_REQUEST'
  | 'CONTRADICTORY_ACCESS'
  | 'INVALID_ACCESS_RULE'
  | 'MISSING_POLICY'
  | 'UNVERIFIABLE_ACCESS';

interface CodedError {
  readonly code: AccessErrorCode;
}

/**
 * The request was refused. {@link refusal} gives the reason. It never contains the credential.
 *
 * Guards and policies throw it; Nest's default filter does not log it. It has no stack.
 */
export class AccessRefusedError extends IntrinsicException implements CodedError {
  readonly code = 'ACCESS_REFUSED';

  constructor(
    readonly refusal: Refusal,
    options?: { readonly cause?: unknown },
  ) {
    const limit = pauseStacks();
    super(`Access refused: ${refusal.reason}.`, options);
    resumeStacks(limit);
    this.name = 'AccessRefusedError';
  }
}

/**
 * A refused HTTP request, with the status and the body of the refusal. Any exception filter of the
 * application can handle it. The headers, such as the challenge, are already set on the response. It has no
 * stack.
 */
export class RefusedRequestException extends HttpException implements CodedError {
  readonly code = 'REFUSED_REQUEST';

  constructor(
    readonly refusal: Refusal,
    { status, body }: RefusalAnswer,
    options?: { readonly cause?: unknown },
  ) {
    const limit = pauseStacks();
    super({ ...body }, status, options);
    resumeStacks(limit);
    this.name = 'RefusedRequestException';
    this.message = String(body['error_description'] ?? body['error']);
  }
}

/** An access rule that cannot be enforced. It stops the application at startup. */
export abstract class AccessError extends Error implements CodedError {
  abstract readonly code: AccessErrorCode;
}

/** Two access decorators of one class or method exclude each other. */
export class ContradictoryAccessError extends AccessError {
  readonly code = 'CONTRADICTORY_ACCESS';

  /** @param problem what is wrong, and how to fix it */
  constructor(
    target: object,
    key: string | symbol | undefined,
    problem = 'is both @Public() and protected. Keep @Public() or the decorator that requires a principal.',
  ) {
    super(`${placeOf(target, key)} ${problem} See ${docsPage('access')}`);
    this.name = 'ContradictoryAccessError';
  }
}

/** An access decorator, or a builder of requirements, got a wrong argument or is in a wrong place. */
export class InvalidAccessRuleError extends AccessError {
  readonly code = 'INVALID_ACCESS_RULE';

  /**
   * @param problem what is wrong, and how to fix it
   * @param place class and method, such as `NotesTools.list`; absent for a builder
   */
  constructor(
    readonly problem: string,
    place?: string,
  ) {
    super(place === undefined ? problem : `${place}: ${problem}`);
    this.name = 'InvalidAccessRuleError';
  }
}

/** Class and method of a decorator, such as `NotesTools.list`. */
export function placeOf(target: object, key: string | symbol | undefined): string {
  const type = typeof target === 'function' ? target.name : target.constructor.name;
  return key === undefined ? type : `${type}.${String(key)}`;
}

/** An access rule names a policy that is not a singleton provider with `allows()`. */
export class MissingPolicyError extends AccessError {
  readonly code = 'MISSING_POLICY';

  /** @param problem what is wrong, and how to fix it */
  constructor(source: string, policy: string, problem: string) {
    super(`${policy}, which decides on access to ${source}, ${problem}`);
    this.name = 'MissingPolicyError';
  }
}

/** `@VerifyAlways()` is used, but no provider can verify a credential again. */
export class UnverifiableAccessError extends AccessError {
  readonly code = 'UNVERIFIABLE_ACCESS';

  constructor(source: string) {
    super(
      `${source} has @VerifyAlways(), but no provider of the application can verify a credential again. Import an authentication module that can, such as ClerkAuthModule, or provide PrincipalRenewal. See ${docsPage('access')}`,
    );
    this.name = 'UnverifiableAccessError';
  }
}

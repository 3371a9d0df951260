import { HttpException } from '@nestjs/common';

/** Why Clerk did not tell about a user or an organization. */
export type ClerkBackendErrorCode = 'CLERK_NOT_FOUND' | 'CLERK_MISCONFIGURED' | 'CLERK_UNAVAILABLE';

/** A question to Clerk's Backend API has no answer. Its `code` says why. */
export class ClerkBackendError extends HttpException {
  /** @param retryAfter seconds, when Clerk named them */
  constructor(
    readonly code: ClerkBackendErrorCode,
    readonly retryAfter?: number,
  ) {
    super(MESSAGES[code], STATUSES[code]);
    this.name = 'ClerkBackendError';
  }
}

const MESSAGES: Readonly<Record<ClerkBackendErrorCode, string>> = {
  CLERK_NOT_FOUND: '[Clerk] Clerk does not know this user or organization (any more).',
  CLERK_MISCONFIGURED: '[Clerk] Authentication service misconfigured.',
  CLERK_UNAVAILABLE: '[Clerk] Clerk cannot be reached. Try again later.',
};

const STATUSES: Readonly<Record<ClerkBackendErrorCode, number>> = {
  CLERK_NOT_FOUND: 404,
  CLERK_MISCONFIGURED: 500,
  CLERK_UNAVAILABLE: 503,
};

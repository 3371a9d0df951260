import { IntrinsicException, HttpException } from '@nestjs/common';
import type { RefusalAnswer } from '../access/refusal-responder.js';

/** An option of `ClerkAuthModule` is missing, malformed or at odds with another. Stops the boot. */
export class ClerkConfigurationError extends Error {
  readonly code = 'CLERK_CONFIGURATION';

  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(`[Clerk] ${message}`, options);
    this.name = 'ClerkConfigurationError';
  }
}

/** A refused field of GraphQL. The library for GraphQL puts {@link extensions} into its error. */
export class RefusedFieldError extends IntrinsicException {
  readonly code = 'REFUSED_FIELD';
  /** A code as Apollo has them, and the refusal as REST handlers answer it. */
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor({ status, body }: RefusalAnswer, options: { readonly cause: unknown }) {
    super(String(body['error_description'] ?? body['error']), options);
    this.name = 'RefusedFieldError';
    this.extensions = { ...body, code: CODES[status] ?? 'INTERNAL_SERVER_ERROR' };
  }
}

const CODES: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  429: 'TOO_MANY_REQUESTS',
  503: 'SERVICE_UNAVAILABLE',
};

/** Why a refresh token was not exchanged. */
export type ClerkRefreshErrorCode =
  | 'invalid_grant'
  | 'invalid_client'
  | 'invalid_request'
  | 'client_id_required'
  | 'sign_in_required'
  | 'too_many_requests'
  | 'misconfigured'
  | 'unavailable';

/** A refresh token was not exchanged. Its `code` says why; its message is fit for the caller. */
export class ClerkRefreshError extends HttpException {
  /** @param retryAfter seconds, for `too_many_requests` and `unavailable` */
  constructor(
    readonly code: ClerkRefreshErrorCode,
    readonly retryAfter?: number,
  ) {
    const { message, status } = REASONS[code];
    super(message, status);
    this.name = 'ClerkRefreshError';
  }
}

const REASONS = {
  invalid_grant: {
    message: 'The refresh token is not valid (any more). Sign in again.',
    status: 400,
  },
  invalid_client: {
    message: 'The OAuth client is unknown. Pass the clientId that the refresh token was issued to.',
    status: 400,
  },
  invalid_request: {
    message: 'The refresh request was refused. Pass the refresh token and the clientId unchanged.',
    status: 400,
  },
  client_id_required: {
    message:
      'A clientId is required: a refresh token is bound to the OAuth client that it was issued to.',
    status: 400,
  },
  sign_in_required: {
    message:
      'Sign in first, or pass the clientId of your own OAuth client: only the owner of a refresh token may use the client of this server.',
    status: 401,
  },
  too_many_requests: {
    message: 'Too many refresh tokens were sent. Wait a minute, and try again.',
    status: 429,
  },
  misconfigured: { message: 'Authentication service misconfigured', status: 500 },
  unavailable: {
    message: 'The authorization server cannot be reached. Try again later.',
    status: 503,
  },
} as const satisfies Record<ClerkRefreshErrorCode, { message: string; status: number }>;

/** Something to be revoked was named in a way that would revoke nothing. */
export class InvalidRevocationError extends TypeError {
  readonly code = 'INVALID_REVOCATION';

  constructor(problem: string) {
    super(`[Clerk] The revocation ${problem}`);
    this.name = 'InvalidRevocationError';
  }
}

/** A revocation is in force on this node, and the other nodes could not be told of it. */
export class RevocationNotSharedError extends Error {
  readonly code = 'REVOCATION_NOT_SHARED';

  constructor() {
    super(
      '[Clerk] The revocation is in force on this node, and the RevocationBus could not tell the others. Revoke again when it answers.',
    );
    this.name = 'RevocationNotSharedError';
  }
}

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

/** Something asked for the Clerk client outside of any request. */
export class ClerkClientNotInitializedError extends Error {
  readonly code = 'CLERK_CLIENT_NOT_INITIALIZED';

  constructor() {
    super(
      '[Clerk] Clerk client not initialized. Call getClient() inside a request. In a job, wrap the code in ClerkContext.run(undefined, …), or inject CLERK_CLIENT.',
    );
    this.name = 'ClerkClientNotInitializedError';
  }
}

/** Something asked for the signed-in user where nobody is signed in. */
export class ClerkSessionNotInitializedError extends Error {
  readonly code = 'CLERK_SESSION_NOT_INITIALIZED';

  constructor() {
    super(
      '[Clerk] Session not initialized. Call this inside a request that ClerkAuthGuard authenticated; protect the handler, or ask ClerkContext.session, which may be undefined. In a job or a test, wrap the code in ClerkContext.run(principal, …).',
    );
    this.name = 'ClerkSessionNotInitializedError';
  }
}

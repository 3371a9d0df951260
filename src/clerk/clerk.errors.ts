import { HttpException, IntrinsicException } from '@nestjs/common';
import type { RefusalAnswer } from '../access/refusal-responder.js';
import { docsPage } from '../docs/docs-page.js';
import { PageRequiredError } from '../request/request.errors.js';

/** The codes of the errors that this folder throws. A code stays the same from version to version. */
export type ClerkErrorCode =
  | 'CLERK_CONFIGURATION'
  | 'CLERK_CLIENT_NOT_INITIALIZED'
  | 'CLERK_SESSION_NOT_INITIALIZED'
  | 'CLERK_DEADLINE_EXCEEDED'
  | 'REVOCATION_NOT_SHARED'
  | 'INVALID_REVOCATION'
  | 'REFUSED_FIELD'
  | 'UPSTREAM_CONNECTION_REQUIRED'
  | 'INVALID_UPSTREAM_PROVIDER'
  | ClerkBackendErrorCode
  | ClerkRefreshErrorCode;

/** Why a request to Clerk's Backend API failed. */
export type ClerkBackendErrorCode =
  'CLERK_NOT_FOUND' | 'CLERK_MISCONFIGURED' | 'CLERK_SECRET_KEY_MISSING' | 'CLERK_UNAVAILABLE';

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

interface CodedError {
  readonly code: ClerkErrorCode;
}

/**
 * Base class of the errors that a programmer or an operator has to fix. Errors that become a response
 * to the caller extend an exception of Nest instead; they have a `code` as well.
 */
export abstract class ClerkError extends Error implements CodedError {
  abstract readonly code: ClerkErrorCode;

  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(`[Clerk] ${message}`, options);
  }
}

/**
 * An option of `ClerkAuthModule` is missing, malformed, or contradicts another one. It stops the
 * application at startup.
 */
export class ClerkConfigurationError extends ClerkError {
  readonly code = 'CLERK_CONFIGURATION';

  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'ClerkConfigurationError';
  }
}

/** The Clerk client was requested outside of a request. */
export class ClerkClientNotInitializedError extends ClerkError {
  readonly code = 'CLERK_CLIENT_NOT_INITIALIZED';

  constructor() {
    super(
      `Clerk client not initialized. Call getClient() inside a request. In a job, wrap the code in ClerkContext.run(undefined, …), or inject CLERK_CLIENT. See ${docsPage('embedding', 'jobs-on-behalf-of-a-user')}`,
    );
    this.name = 'ClerkClientNotInitializedError';
  }
}

/** The signed-in user or session was requested, but no user is signed in. */
export class ClerkSessionNotInitializedError extends ClerkError {
  readonly code = 'CLERK_SESSION_NOT_INITIALIZED';

  constructor() {
    super(
      `Session not initialized. Call this inside a request that ClerkAuthGuard authenticated; protect the handler, or read ClerkContext.session, which may be undefined. In a job, wrap the code in ClerkContext.runAsUser(userId, …); in a test, in ClerkContext.run(principal, …). See ${docsPage('embedding', 'jobs-on-behalf-of-a-user')}`,
    );
    this.name = 'ClerkSessionNotInitializedError';
  }
}

/** Clerk did not respond within `limits.timeoutMs`. */
export class ClerkDeadlineExceededError extends ClerkError {
  readonly code = 'CLERK_DEADLINE_EXCEEDED';

  constructor(timeoutMs: number) {
    super(`Clerk did not respond within ${timeoutMs} ms.`);
    this.name = 'ClerkDeadlineExceededError';
  }
}

/** A revocation is in force on this node, but it could not be published to the other nodes. */
export class RevocationNotSharedError extends ClerkError {
  readonly code = 'REVOCATION_NOT_SHARED';

  constructor() {
    super(
      'The revocation is in force on this node, but the RevocationBus could not publish it to the other nodes. Revoke again when the bus works.',
    );
    this.name = 'RevocationNotSharedError';
  }
}

/** A revocation is malformed, or has no target. */
export class InvalidRevocationError extends TypeError implements CodedError {
  readonly code = 'INVALID_REVOCATION';

  constructor(problem: string) {
    super(`[Clerk] The revocation ${problem}`);
    this.name = 'InvalidRevocationError';
  }
}

/** A refused GraphQL field. The GraphQL library copies {@link extensions} into its error. */
export class RefusedFieldError extends IntrinsicException implements CodedError {
  readonly code = 'REFUSED_FIELD';
  /** A code in Apollo's style, and the body that a REST handler would send. */
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor({ status, body }: RefusalAnswer, options: { readonly cause: unknown }) {
    super(String(body['error_description'] ?? body['error']), options);
    this.name = 'RefusedFieldError';
    this.extensions = { ...body, code: GRAPHQL_CODES[status] ?? 'INTERNAL_SERVER_ERROR' };
  }
}

const GRAPHQL_CODES: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  429: 'TOO_MANY_REQUESTS',
  503: 'SERVICE_UNAVAILABLE',
};

/**
 * The user has not connected an account of this provider, or not with these scopes. In a tool, the client is
 * asked to open {@link url} where it supports that.
 */
export class UpstreamConnectionRequiredError extends PageRequiredError implements CodedError {
  override readonly code = 'UPSTREAM_CONNECTION_REQUIRED';

  /**
   * @param provider such as `google`
   * @param missingScopes scopes that no connected account has; empty if there is no usable account
   * @param url page on which the user connects accounts
   */
  constructor(
    readonly provider: string,
    readonly missingScopes: readonly string[],
    url: string,
  ) {
    super(
      missingScopes.length === 0
        ? `Connect your ${provider} account.`
        : `Connect your ${provider} account again and allow: ${missingScopes.join(', ')}.`,
      url,
    );
  }
}

/** The name of a provider of `ClerkContext.upstreamToken()` is malformed. */
export class InvalidUpstreamProviderError extends TypeError implements CodedError {
  readonly code = 'INVALID_UPSTREAM_PROVIDER';

  constructor() {
    super(
      "[Clerk] The provider is not a name such as 'google' or 'custom_acme'. Write it as Clerk's dashboard does, without 'oauth_'. Do not take it from the input of a caller.",
    );
    this.name = 'InvalidUpstreamProviderError';
  }
}

/** A request to Clerk's Backend API failed. Its `code` gives the reason. */
export class ClerkBackendError extends HttpException implements CodedError {
  /** @param retryAfter seconds, if Clerk sent them */
  constructor(
    readonly code: ClerkBackendErrorCode,
    readonly retryAfter?: number,
  ) {
    const { message, status } = BACKEND_ERRORS[code];
    super(message, status);
    this.name = 'ClerkBackendError';
  }
}

const BACKEND_ERRORS = {
  CLERK_NOT_FOUND: {
    message: '[Clerk] Clerk does not know this user or organization (any more).',
    status: 404,
  },
  CLERK_MISCONFIGURED: { message: '[Clerk] Authentication service misconfigured.', status: 500 },
  CLERK_SECRET_KEY_MISSING: {
    message:
      "[Clerk] This needs Clerk's Backend API, and this server has no secret key. Set CLERK_SECRET_KEY.",
    status: 501,
  },
  CLERK_UNAVAILABLE: { message: '[Clerk] Clerk cannot be reached. Try again later.', status: 503 },
} as const satisfies Record<ClerkBackendErrorCode, { message: string; status: number }>;

/**
 * A refresh token was not exchanged. Its `code` gives the reason; its message may be shown to the
 * caller.
 */
export class ClerkRefreshError extends HttpException implements CodedError {
  /** @param retryAfter seconds, for `too_many_requests` and `unavailable` */
  constructor(
    readonly code: ClerkRefreshErrorCode,
    readonly retryAfter?: number,
  ) {
    const { message, status } = REFRESH_ERRORS[code];
    super(message, status);
    this.name = 'ClerkRefreshError';
  }
}

const REFRESH_ERRORS = {
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

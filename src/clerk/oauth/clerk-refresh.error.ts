import { HttpException } from '@nestjs/common';

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

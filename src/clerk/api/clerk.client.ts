import { createClerkClient, type ClerkClient } from '@clerk/backend';
import { isClerkAPIResponseError } from '@clerk/backend/errors';
import { Injectable, Logger } from '@nestjs/common';
import { ClerkBackendError } from '../clerk.errors.js';
import type { ResolvedClerkOptions } from '../resolved-clerk-options.js';

/** Injection token of the Clerk Backend SDK's client, `ClerkClient` of `@clerk/backend`. */
export const CLERK_CLIENT = Symbol('nestjs-clerk-mcp:clerk-client');

/** Creates the client of the Clerk Backend SDK. It opens no connection. */
export function createClient(options: ResolvedClerkOptions): ClerkClient {
  return createClerkClient({
    ...(options.secretKey !== null && { secretKey: options.secretKey }),
    publishableKey: options.publishableKey,
    apiUrl: options.apiURL,
    // With test keys the SDK would send telemetry and print a notice.
    telemetry: { disabled: true },
  });
}

/**
 * Call before a request to the Backend API.
 *
 * @throws {ClerkBackendError} `CLERK_SECRET_KEY_MISSING`
 */
export function assertSecretKey({ secretKey }: Pick<ResolvedClerkOptions, 'secretKey'>): void {
  if (secretKey === null) throw new ClerkBackendError('CLERK_SECRET_KEY_MISSING');
}

/**
 * Classifies an error of the SDK. Only a response about the requested object counts as a refusal; a
 * rejected secret key, rate limits, server errors, network errors and timeouts do not.
 */
export function readBackendError(error: unknown): BackendOutcome {
  if (!isClerkAPIResponseError(error)) return { outcome: 'unavailable', retryAfter: undefined };
  const { status, retryAfter } = error;
  if (status === 401 || status === 403) return { outcome: 'misconfigured' };
  if (status === 400 || status === 404 || status === 410 || status === 422) {
    return { outcome: 'refused', status, code: error.errors[0]?.code };
  }
  return { outcome: 'unavailable', retryAfter };
}

/** The kind of failure of a Clerk Backend API call. */
type BackendOutcome =
  | {
      readonly outcome: 'refused';
      readonly status: number;
      readonly code: string | undefined;
    }
  | { readonly outcome: 'misconfigured' }
  | { readonly outcome: 'unavailable'; readonly retryAfter: number | undefined };

/** Records whether Clerk refuses the secret key, and logs an error at most once a minute. */
@Injectable()
export class SecretKeyAlarm {
  private readonly logger = new Logger('ClerkAuthModule');
  private loggedAt = Number.NEGATIVE_INFINITY;
  private rejected = false;

  /** Whether Clerk refused the secret key in its last response. */
  get isRejected(): boolean {
    return this.rejected;
  }

  /** Call when Clerk accepted the secret key. */
  accept(): void {
    this.rejected = false;
  }

  /** Call when Clerk responded with 401 or 403 to the secret key. */
  reject(): void {
    this.rejected = true;
    if (Date.now() - this.loggedAt < LOG_PAUSE) return;
    this.loggedAt = Date.now();
    this.logger.error(
      '[Clerk] Clerk refuses the secret key, so no caller can be authenticated. Set CLERK_SECRET_KEY to a valid key of the instance that CLERK_DOMAIN names.',
    );
  }
}

/** Logs at most once a minute what an operator has to change, because callers can repeat it. */
export class RareWarning {
  private readonly logger = new Logger('ClerkAuthModule');
  private loggedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly message: string) {}

  log(): void {
    if (Date.now() - this.loggedAt < LOG_PAUSE) return;
    this.loggedAt = Date.now();
    this.logger.warn(`[Clerk] ${this.message}`);
  }
}

const LOG_PAUSE = 60_000;

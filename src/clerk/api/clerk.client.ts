import { createClerkClient, type ClerkClient } from '@clerk/backend';
import type { ResolvedClerkOptions } from '../resolved-clerk-options.js';
import { isClerkAPIResponseError } from '@clerk/backend/errors';
import { Injectable, Logger } from '@nestjs/common';

/** Injection token of the Clerk Backend SDK's client, `ClerkClient` of `@clerk/backend`. */
export const CLERK_CLIENT = Symbol('nestjs-clerk-mcp:clerk-client');

/** Builds the client of the Clerk Backend SDK. It opens no connection. */
export function createClient(options: ResolvedClerkOptions): ClerkClient {
  return createClerkClient({
    secretKey: options.secretKey,
    publishableKey: options.publishableKey,
    apiUrl: options.apiURL,
    // With test keys the SDK would report home and print a notice.
    telemetry: { disabled: true },
  });
}

/** What a failed call of the Clerk Backend API means for us. */
export type BackendOutcome =
  | { readonly outcome: 'refused'; readonly code: string | undefined }
  | { readonly outcome: 'misconfigured' }
  | { readonly outcome: 'unavailable'; readonly retryAfter: number | undefined };

/**
 * Reads an error of the SDK. Only an answer that is about what was asked for counts as a refusal;
 * our own credentials, rate limits, server errors, the network and time limits do not.
 */
export function readBackendError(error: unknown): BackendOutcome {
  if (!isClerkAPIResponseError(error)) return { outcome: 'unavailable', retryAfter: undefined };
  const { status, retryAfter } = error;
  if (status === 401 || status === 403) return { outcome: 'misconfigured' };
  if (status === 400 || status === 404 || status === 410 || status === 422) {
    return { outcome: 'refused', code: error.errors[0]?.code };
  }
  return { outcome: 'unavailable', retryAfter };
}

/** Notices when Clerk refuses the secret key, and says so loudly, once a minute at most. */
@Injectable()
export class SecretKeyAlarm {
  private readonly logger = new Logger('ClerkAuthModule');
  private loggedAt = Number.NEGATIVE_INFINITY;
  private rejected = false;

  /** Whether Clerk's last answer about the secret key was a refusal. */
  get isRejected(): boolean {
    return this.rejected;
  }

  /** Clerk took the secret key. */
  accept(): void {
    this.rejected = false;
  }

  /** Clerk answered 401 or 403 to the secret key. */
  reject(): void {
    this.rejected = true;
    if (Date.now() - this.loggedAt < LOG_PAUSE) return;
    this.loggedAt = Date.now();
    this.logger.error(
      '[Clerk] Clerk refuses the secret key, so no caller can be let in. Set CLERK_SECRET_KEY to a valid key of the instance that CLERK_DOMAIN names.',
    );
  }
}

const LOG_PAUSE = 60_000;

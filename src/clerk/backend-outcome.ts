import { isClerkAPIResponseError } from '@clerk/backend/errors';

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

import type { Reverification } from './access-requirement.js';

/**
 * Why a request is turned away before any tool runs. The authentication module knows how each
 * reason reads on the wire, see `RefusalResponder`.
 */
export type Refusal =
  | { readonly reason: 'unauthenticated' }
  | { readonly reason: 'token_expired' }
  | {
      readonly reason: 'invalid_token';
      /** For the caller: what is wrong, without a word of the token. */
      readonly description: string;
    }
  | { readonly reason: 'insufficient_scope'; readonly scopes: readonly string[] }
  | {
      /** The user must verify once more, and may then try again. */
      readonly reason: 'reverification';
      readonly reverification: Reverification;
    }
  | { readonly reason: 'forbidden'; readonly description: string }
  | { readonly reason: 'misconfigured' }
  | {
      readonly reason: 'too_many_requests';
      /** Seconds after which a retry makes sense. */
      readonly retryAfter: number;
    }
  | {
      readonly reason: 'unavailable';
      /** Seconds after which a retry makes sense. */
      readonly retryAfter: number;
    };

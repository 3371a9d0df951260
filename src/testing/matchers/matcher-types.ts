import type { Reverification } from '../../access/access-rule.js';
import type { Expected } from './mcp-matchers.js';

/** Types of the matchers on `expect()`. Each returns a promise, which must be awaited. */
export interface McpMatchers {
  /**
   * The caller must sign in: 401 with a challenge that names the protected resource metadata.
   *
   * @param reason `unauthorized` (no token), `token_expired`, `invalid_token`, or a pattern for the
   *   description. Default: any
   */
  toBeUnauthenticated(reason?: Expected): Promise<void>;
  /** The token lacks scopes: 403, and the operation needs exactly these scopes, in any order. */
  toRequireScopes(...scopes: readonly string[]): Promise<void>;
  /** The caller may not use the entry, and the entry is not listed to the caller. */
  toBeForbidden(reason?: Expected): Promise<void>;
  /**
   * The user must verify again (`@RequireReverification()`), in the form that Clerk's components read.
   *
   * @param level level such as `moderate`. Default: any
   */
  toRequireReverification(level?: Reverification): Promise<void>;
  /** Clerk cannot be reached: 503 with `Retry-After`. */
  toBeUnavailable(): Promise<void>;
  /** The caller is over a rate limit: 429 with `Retry-After`. */
  toBeRateLimited(): Promise<void>;
  /** The result is a tool error. */
  toHaveToolError(text?: Expected): Promise<void>;
  /** The output of the tool, its structured content or else its text, equals this value. */
  toHaveToolOutput(expected: unknown): Promise<void>;
  /** The server answered with a JSON-RPC error, such as -32602 for an unknown tool. */
  toHaveProtocolError(code: number, message?: Expected): Promise<void>;
  /** Exactly these tools are listed to the caller, in any order. */
  toSeeTools(...names: readonly string[]): Promise<void>;
}

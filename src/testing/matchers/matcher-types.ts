import type { Reverification } from '../../access/access-rule.js';
import type { Expected } from './mcp-matchers.js';

/** The matchers as `expect()` has them. Each returns a promise: await it. */
export interface McpMatchers {
  /**
   * The caller must sign in: 401, with a challenge that leads to the authorization server.
   *
   * @param reason `unauthorized` (no token), `token_expired`, `invalid_token`, or a pattern of the
   *   description. Default: any
   */
  toBeUnauthenticated(reason?: Expected): Promise<void>;
  /** The token lacks scopes: 403 with a challenge that names exactly these, in any order. */
  toRequireScopes(...scopes: readonly string[]): Promise<void>;
  /** The caller may not use this, whatever the token: it is not even listed. */
  toBeForbidden(reason?: Expected): Promise<void>;
  /**
   * The user must verify once more (`@RequireReverification()`), as Clerk's components read it.
   *
   * @param level such as `moderate`. Default: any
   */
  toRequireReverification(level?: Reverification): Promise<void>;
  /** Clerk cannot be reached: 503 with `Retry-After`. */
  toBeUnavailable(): Promise<void>;
  /** The caller has to slow down: 429 with `Retry-After`. */
  toBeRateLimited(): Promise<void>;
  /** The tool answered an error. */
  toHaveToolError(text?: Expected): Promise<void>;
  /** The tool answered this: its structured content, else its text. */
  toHaveToolOutput(expected: unknown): Promise<void>;
  /** The server answered an error of JSON-RPC, such as -32602 for a tool that is not there. */
  toHaveProtocolError(code: number, message?: Expected): Promise<void>;
  /** These tools are listed to a caller, and no others, in any order. */
  toSeeTools(...names: readonly string[]): Promise<void>;
}

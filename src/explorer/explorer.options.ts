import type { OptionsOf } from '../request/known-options.js';

/** Options of `McpExplorerModule.forRoot()`. */
export interface McpExplorerOptions {
  /**
   * Whether the page is served. Default: outside of production. In production the page shows, before a
   * sign-in, only the names of the servers and how to sign in.
   */
  readonly enabled?: boolean;
  /**
   * Public OAuth client of the page, with the URL of the page as redirect URI. Default: the page registers
   * itself, which the Clerk instance must allow.
   */
  readonly clientId?: string;
}

/** Options that shape the module. */
export interface McpExplorerExtras {
  /** Path of the page, below the global prefix. Default: `explorer`. */
  readonly path?: string;
  /** Whether a browser that opens `/`, below the global prefix, is sent to the page. Default: false. */
  readonly redirectRoot?: boolean;
}

/** The names of {@link McpExplorerOptions}. */
export const EXPLORER_OPTION_NAMES = {
  enabled: true,
  clientId: true,
} as const satisfies OptionsOf<McpExplorerOptions>;

/** The names of {@link McpExplorerExtras}. */
export const EXPLORER_EXTRA_NAMES = {
  path: true,
  redirectRoot: true,
} as const satisfies OptionsOf<McpExplorerExtras>;

/** Injection token of {@link McpExplorerOptions}. */
export const EXPLORER_OPTIONS = Symbol('EXPLORER_OPTIONS');

/** Injection token of the path of the page, without leading and trailing slashes. */
export const EXPLORER_PATH = Symbol('EXPLORER_PATH');

import type { ClerkAuthOptions } from './clerk-auth.options.js';

/** Lays something over the options of `ClerkAuthModule` before they are checked. */
export type ClerkOptionsAdapter = (options: ClerkAuthOptions) => ClerkAuthOptions;

/**
 * Injects a {@link ClerkOptionsAdapter}, which changes nothing. Tests override it, to point an
 * application whose options they never saw at another Clerk instance.
 */
export const CLERK_OPTIONS_ADAPTER = Symbol('nestjs-clerk-mcp:clerk-options-adapter');

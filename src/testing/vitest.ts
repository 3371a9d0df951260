import { expect } from 'vitest';
import type { McpMatchers } from './matchers/matcher-types.js';
import { mcpMatchers } from './matchers/mcp-matchers.js';

// Setup file for `setupFiles` that adds the matchers and their types.
expect.extend(mcpMatchers);

declare module 'vitest' {
  // An interface must repeat the type parameters of the interface that it extends.
  // oxlint-disable-next-line typescript/no-explicit-any, no-unused-vars
  interface Matchers<T = any> extends McpMatchers {}
}

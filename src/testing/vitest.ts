import { expect } from 'vitest';
import type { McpMatchers } from './matchers/matcher-types.js';
import { mcpMatchers } from './matchers/mcp-matchers.js';

// A file for `setupFiles`: adds the matchers, and their types.
expect.extend(mcpMatchers);

declare module 'vitest' {
  // The parameter has to be there, as it is in the interface that this adds to.
  // oxlint-disable-next-line typescript/no-explicit-any, no-unused-vars
  interface Matchers<T = any> extends McpMatchers {}
}

import type { McpMatchers } from './matchers/matcher-types.js';
import { mcpMatchers } from './matchers/mcp-matchers.js';

// Only what a module names can it add to.
export type { Matchers } from 'expect';

// A file for `setupFilesAfterEnv`: adds the matchers, and their types. Jest hands out its `expect`
// as a global in each test file, so that nothing of Jest has to be imported here.
const { expect } = globalThis as { expect?: { extend(matchers: object): void } };
if (!expect) {
  throw new Error(
    'nestjs-clerk-mcp/testing/jest found no global expect. Name it in setupFilesAfterEnv of Jest; with injectGlobals: false, call expect.extend(mcpMatchers) instead.',
  );
}
expect.extend(mcpMatchers);

declare module 'expect' {
  // The parameters have to be there, as they are in the interface that this adds to.
  // oxlint-disable-next-line no-unused-vars
  interface Matchers<R extends void | Promise<void>, T = unknown> extends McpMatchers {}
}

declare global {
  namespace jest {
    // The same, for those who have the types of @types/jest.
    // oxlint-disable-next-line no-unused-vars
    interface Matchers<R, T = {}> extends McpMatchers {}
  }
}

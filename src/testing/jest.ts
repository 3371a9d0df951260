import type { McpMatchers } from './matchers/matcher-types.js';
import { mcpMatchers } from './matchers/mcp-matchers.js';

// A module declaration can extend only modules that the file mentions.
export type { Matchers } from 'expect';

// Setup file for `setupFilesAfterEnv` that adds the matchers and their types. `expect` is a global in
// each test file of Jest, so that this file imports nothing of Jest.
const { expect } = globalThis as { expect?: { extend(matchers: object): void } };
if (!expect) {
  throw new Error(
    'nestjs-clerk-mcp/testing/jest found no global expect. Add it to setupFilesAfterEnv of Jest; with injectGlobals: false, call expect.extend(mcpMatchers) instead.',
  );
}
expect.extend(mcpMatchers);

declare module 'expect' {
  // An interface must repeat the type parameters of the interface that it extends.
  // oxlint-disable-next-line no-unused-vars
  interface Matchers<R extends void | Promise<void>, T = unknown> extends McpMatchers {}
}

declare global {
  namespace jest {
    // The same for users of @types/jest.
    // oxlint-disable-next-line no-unused-vars
    interface Matchers<R, T = {}> extends McpMatchers {}
  }
}

import { expect } from 'vitest';

/** Nothing of the inside shows: no stack, no path, no key, no name of a class of ours. */
export function expectNoInternals(text: string): void {
  expect(text).not.toMatch(/^\s+at .+/m);
  expect(text).not.toMatch(/node_modules|node:internal|file:\/\//);
  expect(text).not.toMatch(/\.[cm]?[jt]s:\d+/);
  expect(text).not.toMatch(/(^|[\s"'(])\/(home|root|usr|work|tmp|app|srv)\//m);
  expect(text).not.toMatch(/\b[sp]k_(test|live)_\w+/);
}

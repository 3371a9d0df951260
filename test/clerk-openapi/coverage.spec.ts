import { describe, expect, it } from 'vitest';
import { EXCEPTIONS } from './exceptions.js';
import { records } from './records.js';
import { missingCases, NEEDLESS_CASES } from './required-cases.js';
import { clerkUnderTest } from './support.js';

// Runs last and reads what the other specs did: `npm run test:clerk`, not this file alone.
describe('The cases of this suite', () => {
  const clerk = clerkUnderTest();

  it('cover every route of the emulator, with success and errors', () => {
    const missing = missingCases(clerk.routes, records());
    if (missing.length > 0) expect.fail(missing.join('\n'));
  });

  it('need every exception', () => {
    const needed = new Set(records().flatMap(({ exceptions }) => exceptions));
    expect(EXCEPTIONS.filter((_, index) => !needed.has(index))).toEqual([]);
  });

  it('have no exemption for a route that does not exist', () => {
    const routes = new Set(clerk.routes.map(({ method, url }) => `${method} ${url}`));
    expect(Object.keys(NEEDLESS_CASES).filter((route) => !routes.has(route))).toEqual([]);
  });
});

import { clerk as inBrowser, clerkSetup, setupClerkTestingToken } from '@clerk/testing/playwright';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../../../src/emulator/index.js';

describe('@clerk/testing with the emulator', () => {
  let clerk: ClerkEmulator;

  beforeAll(async () => {
    clerk = await startClerkEmulator();
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });
  afterAll(() => clerk.close());

  it('gets a testing token', async () => {
    vi.stubEnv('CLERK_API_URL', clerk.url);
    vi.stubEnv('CLERK_TESTING_TOKEN', undefined);
    vi.stubEnv('CLERK_FAPI', undefined);
    const { publishableKey, secretKey } = clerk;
    await clerkSetup({ publishableKey, secretKey, dotenv: false });
    expect(process.env['CLERK_TESTING_TOKEN']).toEqual(expect.any(String));
    expect(process.env['CLERK_FAPI']).toBe(new URL(clerk.url).host);
  });

  // docs/emulator.md lists what follows: hard-coded https, and a hard-coded Backend API.
  it('adds the token to no request over http', async () => {
    const patterns: RegExp[] = [];
    const { host } = new URL(clerk.url);
    const context = contextWith(patterns);
    await setupClerkTestingToken({ context, options: { frontendApiUrl: host } });
    const urls = ['https', 'http'].map((scheme) => `${scheme}://${host}/v1/client?a=b`);
    expect(urls.map((url) => patterns.some((pattern) => pattern.test(url)))).toEqual([true, false]);
  });

  it('signs in by an e-mail address at api.clerk.com only', async () => {
    vi.stubEnv('CLERK_API_URL', clerk.url);
    vi.stubEnv('CLERK_SECRET_KEY', clerk.secretKey);
    vi.stubEnv('CLERK_FAPI', new URL(clerk.url).host);
    const asked = new Set<string>();
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (input) => {
      asked.add(new URL(input instanceof Request ? input.url : input).origin);
      return Response.json({ errors: [] }, { status: 404 });
    });
    const page = {
      context: () => contextWith([]),
      waitForFunction: async () => undefined,
    } as unknown as Page;
    await expect(inBrowser.signIn({ page, emailAddress: 'ada@example.com' })).rejects.toThrow();
    expect([...asked]).toEqual(['https://api.clerk.com']);
  });
});

/** Records the requests that the helper would change in a browser. */
function contextWith(patterns: RegExp[]): BrowserContext {
  return {
    route: async (pattern: RegExp) => {
      patterns.push(pattern);
    },
  } as unknown as BrowserContext;
}

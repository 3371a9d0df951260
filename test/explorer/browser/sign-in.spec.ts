import { Injectable } from '@nestjs/common';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { McpTool, RequireScopes } from '../../../src/index.js';
import {
  become,
  expectText,
  HAS_BROWSER,
  signInThrough,
  startBrowserTest,
  type BrowserTest,
} from './browser.js';
import { NOTES } from './notes-tools.js';

const FOCUSED_LABEL = 'document.activeElement.labels?.[0]?.innerText';

let endTask = (): void => undefined;

@Injectable()
class MoreTools {
  @McpTool({ description: 'Ends when the test says so', task: 'optional' })
  async rebuild_slowly() {
    await new Promise<void>((resolve) => {
      endTask = resolve;
    });
    return 'Rebuilt slowly.';
  }

  @RequireScopes('notes:share')
  @McpTool({ description: 'Needs a scope and an argument', input: z.object({ id: z.string() }) })
  publish_note({ id }: { id: string }) {
    return `Published ${id}.`;
  }
}

describe.skipIf(!HAS_BROWSER)('the explorer and tokens', () => {
  let test: BrowserTest;
  let page: Page;
  /** The tokens that the page has sent. */
  const sent: string[] = [];
  beforeAll(async () => {
    test = await startBrowserTest({
      providers: [...NOTES, MoreTools],
      // The clocks of all go together.
      emulator: { now: () => Date.now(), lifetimes: { accessToken: 600, refreshToken: 600 } },
      clerk: { limits: { opaqueVerdictTtlMs: 1 } },
    });
    page = await test.open();
    page.on('request', (request) => {
      const { authorization } = request.headers();
      if (authorization !== undefined) sent.push(authorization);
    });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  afterAll(async () => {
    await test.stop();
    expect(test.violations).toEqual([]);
  });

  const button = (name: string | RegExp) => page.getByRole('button', { name });
  const show = (hash: string) => page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  const answer = () => page.locator('.ans');
  const call = () => button(/^Call/).click();
  /** The clock of the server and of Clerk, not that of the browser. */
  const letTokensEnd = (): void => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 601_000 });
  };
  const history = () => page.locator('.history option');

  /** Begins a call, up to the question of the server. */
  const beginCall = async (id: string): Promise<void> => {
    await show('#tools/delete_note');
    await page.getByLabel('id', { exact: true }).fill(id);
    await call();
    await answer().getByRole('button', { name: 'true' }).click();
  };

  it('says that a token has ended in the middle of a call, and ends in the call', async () => {
    await become(page, 'Ada');
    await beginCall('7');
    letTokensEnd();
    await button('Accept and continue').click();
    await answer().getByText('The token of Ada Lovelace has ended').waitFor();
    await answer().getByText('The arguments are kept.').waitFor();
    await expectText(history().first()).toMatch(/as Ada Lovelace: 401/);
    await expectText(page.locator('.caller')).toContain('expired');
    await button('Renew and call').click();
    await answer().getByRole('button', { name: 'true' }).click();
    await button('Accept and continue').click();
    await answer().getByText('Deleted 7.').waitFor();
    await expect
      .poll(() => history().allInnerTexts())
      .toEqual([expect.stringContaining('done'), expect.stringContaining('401')]);
  });

  it('says that a token was revoked in the middle of a call, and ends in the call', async () => {
    await become(page, 'Grace');
    await page.locator('.caller').click();
    await button('OAuth opaque').click();
    await page.locator('.caller', { hasText: 'OAuth opaque' }).waitFor();
    await page.keyboard.press('Escape');
    await beginCall('8');
    const token = sent.at(-1)?.replace('Bearer ', '');
    await fetch(`${test.explorer.clerk.url}/__emulator/tokens/revoke`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    });
    await button('Accept and continue').click();
    await answer().getByText('The token of Grace Hopper is not accepted any more').waitFor();
    await expectText(history().first()).toMatch(/as Grace Hopper: 401/);
    await button('Renew and call').click();
    await answer().getByRole('button', { name: 'true' }).click();
    await button('Accept and continue').click();
    await answer().getByText('Deleted 8.').waitFor();
  });

  it('offers to sign in again where the refresh token has ended, too', async () => {
    await page.locator('.caller').click();
    await signInThrough(test, () => page.getByRole('menuitemradio', { name: /^You/ }).click());
    await page.locator('.caller', { hasText: 'Ada' }).waitFor();
    await page.keyboard.press('Escape');
    await show('#tools/whoami');
    letTokensEnd();
    await call();
    await answer().getByText('The token of Ada Lovelace has ended').waitFor();
    await button('Renew and call').click();
    await answer().getByRole('alert').waitFor();
    await signInThrough(test, () => button('Sign in again').click());
    await answer().locator('td', { hasText: 'oauth_token' }).waitFor();
  });

  it('loses a task out of sight when the token ends, and looks again after a renewal', async () => {
    await become(page, 'Ada');
    await show('#tools/rebuild_slowly');
    await page.getByLabel('as a task').check();
    await call();
    await page.getByRole('link', { name: 'Follow it' }).click();
    letTokensEnd();
    await page.getByText('The server refuses the token').waitFor();
    await button('Renew and look again').click();
    await page.locator('.ab.task progress').waitFor();
    endTask();
    await page.locator('.ab.task').getByText('Rebuilt slowly.').waitFor();
  });
  it('steps up from a cell of the matrix, asks for the arguments, and ends in the call', async () => {
    const stepUp = () => signInThrough(test, () => button('Step up and call').click());
    await become(page, 'Ada');
    await show('#access/tool%20publish_note%20me');
    await stepUp();
    await page.getByText('1 to correct').waitFor();
    await expect.poll(() => page.evaluate(FOCUSED_LABEL)).toBe('id');
    expect(await history().count()).toBe(0);
    await page.keyboard.type('9');
    await page.keyboard.press('Control+Enter');
    await answer().getByText('Published 9.').waitFor();
    // With what was filled in last.
    await become(page, 'Ada');
    await show('#access/tool%20publish_note%20me');
    await stepUp();
    await answer().getByText('Published 9.').waitFor();
    await history().nth(1).waitFor({ state: 'attached' });
  });
});

describe.skipIf(!HAS_BROWSER)('the explorer in production', () => {
  it('shows nothing before a sign-in in the browser, and then what the caller may use', async () => {
    // As `NODE_ENV=production` sets it for the application; the emulator itself never starts there.
    const test = await startBrowserTest({
      explorer: { enabled: true },
      clerk: { production: true },
    });
    try {
      const page = await test.open();
      const answers: string[] = [];
      page.on('response', (response) => {
        if (response.url().includes('/api/')) {
          answers.push(`${new URL(response.url()).pathname} ${response.status()}`);
        }
      });
      await page.getByText('Sign in to see this server').waitFor();
      expect(await page.locator('.li, .mx, .form').count()).toBe(0);
      for (const panel of ['#access', '#wire', '#connect', '#tools/about']) {
        await page.evaluate(`location.hash = '${panel}'`);
        await page.getByText('Sign in to see this server').waitFor();
      }
      await signInThrough(test, () => page.getByRole('button', { name: 'Sign in' }).click());
      await page.locator('.caller', { hasText: 'You' }).waitFor();
      await page.locator('.li', { hasText: 'whoami' }).click();
      await page.getByRole('button', { name: /^Call/ }).click();
      await page.locator('.ans td', { hasText: 'oauth_token' }).waitFor();
      expect(await page.locator('.li', { hasText: 'share_note' }).count()).toBe(0);
      await page.evaluate(`location.hash = '#access'`);
      await page.locator('.mx').waitFor();
      await expect
        .poll(() => page.locator('.mx thead th').allInnerTexts())
        .toEqual([
          expect.stringContaining('Entry'),
          expect.stringContaining('Anonymous'),
          expect.stringContaining('You'),
        ]);
      expect(await page.locator('.mx', { hasText: 'share_note' }).count()).toBe(0);
      await page.locator('.caller').click();
      await expect
        .poll(() => page.getByRole('menuitemradio').allInnerTexts())
        .toEqual([
          expect.stringContaining('Anonymous'),
          expect.stringContaining('You'),
          expect.stringContaining('Somebody made up'),
        ]);
      expect(page.url()).not.toMatch(/code=|token/);
      await page.getByRole('menuitemradio', { name: /^Anonymous/ }).click();
      await page.getByText('Sign in to see this server').waitFor();
      expect(answers.filter((one) => /people|mint|revoke|definition/.test(one))).toEqual([]);
      expect(test.violations).toEqual([]);
    } finally {
      await test.stop();
    }
  });
});

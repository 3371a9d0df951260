import { Injectable } from '@nestjs/common';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { McpTool, RequireScopes } from '../../../src/index.js';
import { McpCatalog } from '../../../src/mcp/catalog/mcp-catalog.js';
import { HAS_BROWSER, startBrowserTest, type BrowserTest } from './browser.js';
import { NOTES } from './notes-tools.js';

@Injectable()
class FileTools {
  @RequireScopes('notes:read')
  @McpTool({
    description: 'Finds a file',
    input: z.object({ name: z.string(), size: z.enum(['small', 'large']) }),
  })
  find_file({ name, size }: { name: string; size: string }) {
    return `Found ${name}, ${size}.`;
  }
}

const TOOLS = 1_000;

describe.skipIf(!HAS_BROWSER)('the explorer with a thousand tools, by keyboard alone', () => {
  let test: BrowserTest;
  let page: Page;
  beforeAll(async () => {
    test = await startBrowserTest({ providers: [...NOTES, FileTools] });
    const catalog = test.explorer.app.get(McpCatalog, { strict: false });
    for (let index = 0; index < TOOLS; index += 1) {
      catalog.addTool(
        { name: `tool_${index}`, description: `Number ${index}` },
        () => `ran ${index}`,
      );
    }
    page = await test.open();
  });
  afterAll(async () => {
    await test.stop();
    expect(test.violations).toEqual([]);
  });

  const press = (key: string) => page.keyboard.press(key);
  const type = (text: string) => page.keyboard.type(text);
  /** What has the focus, by its text or its label. */
  const focused = async (): Promise<string> =>
    String(
      await page.evaluate(`(() => {
        const { activeElement: at } = document;
        if (at === document.body) return '';
        return [at.innerText, at.labels?.[0]?.innerText, at.getAttribute('aria-label')]
          .filter(Boolean).join(' ');
      })()`),
    );
  /** Presses a key until something has the focus; every stop on the way is visible. */
  const pressUntil = async (key: string, what: RegExp): Promise<void> => {
    for (let stop = 0; stop < 60; stop += 1) {
      if (what.test(await focused())) return;
      await press(key);
      expect(await page.evaluate(OUTLINED)).toBe(true);
    }
    throw new Error(`${key} never leads to ${what}`);
  };

  it('signs in as somebody', async () => {
    await pressUntil('Tab', /change the caller/);
    await press('Enter');
    await page.getByRole('menuitemradio', { name: /^Ada/ }).waitFor();
    await pressUntil('Tab', /^Anonymous\s+no token\s*$/);
    await pressUntil('ArrowDown', /Ada Lovelace/);
    await press('Enter');
    await page.locator('.caller', { hasText: 'Ada' }).waitFor();
    await page.locator('.menu').waitFor({ state: 'hidden' });
    await expect.poll(focused).toContain('change the caller');
  });

  it('finds a tool among a thousand, of which those out of sight are not drawn', async () => {
    await page.locator('.li', { hasText: 'tool_999' }).waitFor({ state: 'attached' });
    await expect.poll(() => page.locator('.li').count()).toBeGreaterThan(TOOLS);
    const drawn = await page.evaluate(`[...document.querySelectorAll('.li b')].filter((one) =>
      one.checkVisibility({ contentVisibilityAuto: true })).length`);
    expect(Number(drawn)).toBeLessThan(100);
    await press('/');
    await type('find_file');
    await page.locator('.li').nth(1).waitFor({ state: 'detached' });
    await press('Tab');
    await press('Enter');
    await page.locator('.dh h1', { hasText: 'find_file' }).waitFor();
  });

  it('fills the form in, calls, and reads the result', async () => {
    await pressUntil('Tab', /^name/);
    await press('Control+Enter');
    await page.getByText('2 to correct').waitFor();
    await pressUntil('Tab', /^name/);
    await type('engine.txt');
    await pressUntil('Tab', /^large/);
    await press('Space');
    await pressUntil('Tab', /^Call/);
    await press('Enter');
    await page.locator('.ans').getByText('Found engine.txt, large.').waitFor();
    await pressUntil('Tab', /^Result/);
    await press('ArrowRight');
    await expect.poll(focused).toBe('Wire');
    await press('ArrowLeft');
    await pressUntil('Tab', /engine\.txt/);
  });

  it('changes the caller, and opens why it may not call', async () => {
    await pressUntil('Shift+Tab', /change the caller/);
    await press('Enter');
    await pressUntil('Tab', /^Anonymous\s+no token\s*$/);
    await press('Enter');
    await page.locator('.caller', { hasText: 'Anonymous' }).waitFor();
    await page.locator('.dh .vd', { hasText: '401 sign in' }).waitFor();
    await pressUntil('Tab', /^Why/);
    await press('Enter');
    await page.locator('.why').getByText('HTTP/1.1 401').waitFor();
    await pressUntil('Tab', /^401\s.*find_file as Anonymous/s);
    await press('ArrowRight');
    await expect.poll(focused).toMatch(/^allowed\s.*find_file as Ada/s);
    await press('Enter');
    await page.locator('.why').getByText('Ada Lovelace may use it.').waitFor();
    await press('ArrowDown');
    await expect.poll(focused).toMatch(/^\S+\s.{0,60} as Ada/s);
    await pressUntil('Tab', /^Close/);
    await press('Enter');
    await page.locator('.why').getByText('Choose a cell').waitFor();
  });

  it('closes the menu of callers by Escape, where it was opened', async () => {
    await pressUntil('Shift+Tab', /change the caller/);
    await press('Enter');
    await page.getByRole('menuitemradio', { name: /^Ada/ }).waitFor();
    await press('Escape');
    await page.locator('.menu').waitFor({ state: 'hidden' });
    await expect.poll(focused).toContain('change the caller');
  });
});

/** Whether the focus can be seen. */
const OUTLINED = `(() => {
  const { activeElement: at } = document;
  if (at === document.body) return true;
  return [at, at.parentElement].some((one) => getComputedStyle(one).outlineStyle !== 'none');
})()`;

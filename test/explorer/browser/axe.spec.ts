import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { become, HAS_BROWSER, startBrowserTest } from './browser.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe.skipIf(!HAS_BROWSER)('the explorer has no violation of accessibility', () => {
  it.each([
    ['light', 360],
    ['light', 768],
    ['light', 1280],
    ['light', 1680],
    ['dark', 360],
    ['dark', 1280],
  ] as const)('in %s, %i wide', async (theme, width) => {
    const viewport = { width, height: 800 };
    const test = await startBrowserTest({ viewport, dark: theme === 'dark' });
    try {
      const page = await test.open();
      await page.locator('.dot[aria-label=connected]').waitFor();
      expect(await violationsIn(page, 'anonymous')).toEqual([]);
      await page.locator('.caller').click();
      await page.getByRole('menuitemradio', { name: /^Ada/ }).waitFor();
      expect(await violationsIn(page, 'callers')).toEqual([]);
      await page.keyboard.press('Escape');
      await become(page, 'Ada');
      for (const [hash, ready] of SCREENS) {
        await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
        await page.locator(ready).first().waitFor({ state: 'attached' });
        expect(await violationsIn(page, hash)).toEqual([]);
        expect([hash, await overflowOf(page)]).toEqual([hash, 0]);
      }
      await page.evaluate(`location.hash = '#tools/create_note'`);
      await page.getByLabel('title').fill('Launch');
      await page.getByLabel('body').fill('Freeze');
      await page.getByRole('button', { name: /^Call/ }).click();
      await page.locator('.pt').waitFor();
      expect(await violationsIn(page, 'a result')).toEqual([]);
      await page.evaluate(`location.hash = '#tools/delete_note'`);
      await page.getByLabel('id', { exact: true }).fill('7');
      await page.getByRole('button', { name: /^Call/ }).click();
      await page.getByRole('button', { name: 'Accept and continue' }).waitFor();
      expect(await violationsIn(page, 'a question')).toEqual([]);
    } finally {
      await test.stop();
    }
  });
});

const SCREENS = [
  ['#tools', '.li'],
  ['#tools/create_note', '.form'],
  ['#tools/share_note', '.dh .vd'],
  ['#resources/notes%3A%2F%2Frecent', '.dh'],
  ['#prompts/weekly_review', '.dh'],
  ['#tasks', '.mt'],
  ['#access', '.mx'],
  ['#access/tool%20share_note%20me', '.why .cond'],
  ['#access/new', '.form.one'],
  ['#wire', '.wr'],
  ['#connect', '.chk'],
] as const;

/** What axe finds, in a line each. */
async function violationsIn(page: Page, where: string): Promise<readonly string[]> {
  // The policy of the page does not concern what the browser is told to evaluate.
  await page.evaluate(`globalThis.axe === undefined && (() => { ${AXE} })(); undefined`);
  const found: any = await page.evaluate(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })`,
  );
  return found.violations.flatMap(({ id, nodes }: any) =>
    nodes.map((node: any) => `${where}: ${id} ${node.target} ${node.failureSummary}`),
  );
}

/** Pixels by which the page is wider than the window. */
function overflowOf(page: Page): Promise<unknown> {
  return page.evaluate(
    'Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)',
  );
}

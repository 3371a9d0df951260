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

describe.skipIf(!HAS_BROWSER)('nor while it waits, and where something failed', () => {
  it.each([
    ['light', 360],
    ['dark', 1280],
  ] as const)('in %s, %i wide', async (theme, width) => {
    // Low: what does not fit has to scroll.
    const viewport = { width, height: 420 };
    const test = await startBrowserTest({
      viewport,
      dark: theme === 'dark',
      explorer: { redirectRoot: true },
      mcp: { signIn: 'connect' },
    });
    const look = async (page: Page, where: string): Promise<void> => {
      expect(await violationsIn(page, where)).toEqual([]);
      expect([where, await overflowOf(page)]).toEqual([where, 0]);
    };
    try {
      const page = await test.open();
      const show = (hash: string) => page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
      await page.getByText('This server asks for a sign-in').waitFor();
      await look(page, 'not connected');
      await show('#tools/share_note');
      await page.locator('.ans').getByText('not called yet').waitFor();
      await look(page, 'a refusal to come');
      await page.getByRole('button', { name: /^Call/ }).click();
      await page.locator('.ans').getByText('A sign-in is needed').waitFor();
      await look(page, 'a refused call');

      await page.route('**/mcp', () => undefined);
      await show('#tools');
      await become(page, 'Ada');
      await page.getByLabel('connecting').waitFor({ state: 'attached' });
      for (const hash of ['#tools', '#resources', '#prompts', '#tasks', '#wire']) {
        await show(hash);
        await look(page, `${hash}, connecting`);
      }
      // What was held goes on.
      await page.unroute('**/mcp');
      await page.locator('.dot[aria-label=connected]').waitFor();

      await page.route('**/mcp', (route) => route.fulfill({ status: 500, body: 'broken' }));
      await show('#tools/whoami');
      await page.getByRole('button', { name: /^Call/ }).click();
      await page.locator('.ans').getByText('The call failed').waitFor();
      await look(page, 'a failed call');
      await page.getByLabel('Protocol version').selectOption('legacy', { force: true });
      await page.getByLabel('not connected').waitFor({ state: 'attached' });
      await show('#tools');
      await look(page, 'a connection that failed');
      await page.unroute('**/mcp');

      await page.route('**/api/access', (route) => route.fulfill({ status: 500, body: '{}' }));
      await page.reload();
      await show('#access');
      await page.getByText('The decisions could not be read').waitFor();
      await look(page, 'decisions that could not be read');
      await page.unroute('**/api/access');

      await page.route('**/api/config', (route) => route.abort());
      await page.reload();
      await page.getByText('The server does not answer').waitFor();
      await look(page, 'a server that is away');
      await page.unroute('**/api/config');
      await page.route('**/api/config', () => undefined);
      await page.reload();
      await page.locator('.skeleton .sk-row').first().waitFor({ state: 'attached' });
      await look(page, 'the page, loading');
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

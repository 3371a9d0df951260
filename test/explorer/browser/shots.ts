import { mkdirSync, writeFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { startBrowserTest, type BrowserTest } from './browser.js';
import { withPalette } from './png-palette.js';

// `npm run explorer:shots`: takes the pictures of docs/, and more beside them in build/.
const DOCS = new URL('../../../docs/explorer/', import.meta.url).pathname;
const MORE = new URL('../../../build/explorer-shots/', import.meta.url).pathname;
mkdirSync(DOCS, { recursive: true });
mkdirSync(MORE, { recursive: true });

it.each([
  ['light-1280', { width: 1280, height: 800 }, false],
  ['dark-1280', { width: 1280, height: 800 }, true],
  ['light-360', { width: 360, height: 740 }, false],
] as const)('the pictures, %s', async (name, viewport, dark) => {
  const test = await startBrowserTest({ viewport, dark });
  try {
    await takeAll(test, async (page, what, isForDocs = false) => {
      const picture = withPalette(await page.screenshot());
      // A page of the documentation is read over the network.
      expect(picture.byteLength).toBeLessThan(150_000);
      writeFileSync(`${isForDocs ? DOCS : MORE}${what}-${name}.png`, picture);
    });
  } finally {
    await test.stop();
  }
});

type Take = (page: Page, what: string, isForDocs?: boolean) => Promise<unknown>;

async function takeAll(test: BrowserTest, take: Take): Promise<void> {
  const page = await test.open();
  const show = (hash: string): Promise<unknown> =>
    page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  const settle = (): Promise<void> => page.waitForTimeout(600);
  await settle();
  await take(page, 'anonymous');
  await page.locator('.caller').click();
  await settle();
  await page.getByRole('menuitemradio', { name: /^Ada/ }).click();
  await page.locator('.caller', { hasText: 'Ada' }).waitFor();
  await settle();
  await show('#tools');
  await settle();
  await take(page, 'list');
  await page.locator('.caller').click();
  await settle();
  await take(page, 'caller');
  await page.keyboard.press('Escape');
  await show('#tools/create_note');
  await page.getByLabel('title').fill('Launch checklist');
  await page
    .getByLabel('body')
    .fill('Freeze copy on Thursday.\nAsk Grace about the *pricing table*.');
  await page.getByLabel('priority').fill('2');
  await page.getByLabel('due').fill('2026-12-04');
  for (const tag of ['launch', 'q4']) {
    await page.getByLabel('tags').fill(tag);
    await page.getByLabel('tags').press('Enter');
  }
  await take(page, 'form');
  await page.getByRole('button', { name: /^Call/ }).click();
  await page.locator('.vd', { hasText: '200' }).first().waitFor();
  await settle();
  await take(page, 'tool', true);
  await show('#tools/share_note');
  await settle();
  await take(page, 'locked');
  await page.getByRole('button', { name: /^Call anyway/ }).click();
  await page.getByRole('button', { name: 'Step up and call' }).waitFor();
  await settle();
  await take(page, 'stepup');
  await show('#tools/delete_note');
  await page.getByLabel('id').fill('b7e0c1f4');
  await page.getByRole('button', { name: /^Call/ }).click();
  await page.getByRole('button', { name: 'Accept and continue' }).waitFor();
  await settle();
  await take(page, 'question');
  await page.getByRole('button', { name: 'Decline' }).click();
  await settle();
  await show('#tools/export_notes');
  await page.getByRole('button', { name: 'true' }).click();
  await page.getByRole('button', { name: /^Call/ }).click();
  await page.locator('progress').waitFor();
  await settle();
  await take(page, 'progress');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await show('#tools/picture_notes');
  await page.getByRole('button', { name: /^Call/ }).click();
  await settle();
  await take(page, 'content');
  await show('#resources/notes%3A%2F%2Frecent');
  await page.getByRole('button', { name: 'Read', exact: true }).click();
  await settle();
  await take(page, 'resource');
  await show('#prompts/weekly_review');
  await settle();
  await take(page, 'prompt');
  await show('#access');
  await page.locator('.mx').waitFor();
  await take(page, 'access');
  const cell = page.locator('.cell', { hasText: '403' }).first();
  if (await cell.isVisible()) await cell.click();
  else {
    await page.locator('.pick button').nth(1).click();
    await page.locator('td.picked .cell', { hasText: '403' }).first().click();
  }
  await settle();
  await take(page, 'why', true);
  await show('#access/new');
  await settle();
  await take(page, 'stated');
  await show('#wire');
  await page.locator('.wr').waitFor();
  await page.locator('.wr .x', { hasText: 'export_notes' }).first().click();
  await settle();
  await take(page, 'wire', true);
  await show('#connect');
  await page.locator('.chk').first().waitFor();
  await settle();
  await take(page, 'connect');
  await page.close();
}

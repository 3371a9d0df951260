import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADAPTERS } from '../../support/adapters.js';
import {
  become,
  expectText,
  HAS_BROWSER,
  signInThrough,
  startBrowserTest,
  type BrowserTest,
} from './browser.js';

describe.skipIf(!HAS_BROWSER).each(ADAPTERS)('the explorer in a browser, on %s', (adapter) => {
  let test: BrowserTest;
  let page: Page;
  beforeAll(async () => {
    test = await startBrowserTest({ adapter });
    page = await test.open();
  });
  afterAll(async () => {
    await test.stop();
    expect(test.violations).toEqual([]);
    // Nothing but the page and, for the sign-in, the authorization server.
    const own = [test.explorer.origin, test.explorer.clerk.url];
    expect([...test.origins].filter((origin) => !own.includes(origin))).toEqual([]);
  });

  const button = (name: string | RegExp) => page.getByRole('button', { name });
  const show = (panel: string, entry: string) =>
    page.evaluate(`location.hash = '#${panel}/${encodeURIComponent(entry)}'`);
  const panel = (name: string) => page.evaluate(`location.hash = '#${name}'`);
  const tool = async (name: string): Promise<void> => {
    await show('tools', name);
    await page.getByRole('form', { name: `Arguments of ${name}` }).waitFor();
  };
  const call = () => button(/^Call/).click();
  const answer = () => page.locator('.ans');

  it('shows an anonymous caller what is locked, and why', async () => {
    await page.locator('.li', { hasText: 'whoami' }).waitFor();
    await page.locator('.li.no', { hasText: 'whoami' }).click();
    await page.locator('.dh .vd', { hasText: '401 sign in' }).waitFor();
    await answer().getByText('not called yet').waitFor();
    await call();
    await answer().getByText('401', { exact: true }).waitFor();
  });

  it('becomes anybody by one click, and says who that is', async () => {
    await become(page, 'Ada');
    await tool('whoami');
    await call();
    await answer().locator('td', { hasText: 'oauth_token' }).waitFor();
    await expectText(page.locator('.caller')).toMatch(/Ada Lovelace.*OAuth JWT/s);
  });

  it('fills a form in, says what is wrong with it in words, and calls', async () => {
    await tool('create_note');
    await call();
    await page.getByText('2 to correct').waitFor();
    await page.getByLabel('title').fill('Launch');
    await page.getByLabel('body').fill('Freeze copy');
    await page.getByLabel('priority').fill('9');
    await page.getByText('9 is too large: at most 5.').waitFor();
    await page.getByLabel('priority').fill('2');
    await page
      .getByRole('group', { name: 'pinned', exact: true })
      .getByRole('button', { name: 'true' })
      .first()
      .click();
    await page.getByLabel('tags').fill('q4');
    await page.getByLabel('tags').press('Enter');
    await button('Set reminder').click();
    await page.getByLabel('at', { exact: true }).fill('2026-12-03T09:00');
    await page
      .getByRole('group', { name: 'source', exact: true })
      .getByRole('button', { name: 'link' })
      .first()
      .click();
    await page.getByLabel('url').fill('https://acme.test/launch');
    await call();
    const table = answer().locator('.pt');
    await table.getByText('Launch', { exact: true }).waitFor();
    const shown = { priority: '2', url: 'https://acme.test/launch', pinned: 'true' };
    for (const [name, value] of Object.entries(shown)) {
      await expectText(table.locator('tr', { hasText: name }).locator('td').first()).toBe(value);
    }
  });

  it('takes the arguments as JSON as well, and calls again what was called before', async () => {
    const words = page.getByLabel('words', { exact: true });
    await tool('search_notes');
    await button('JSON').click();
    await page.getByLabel('Arguments as JSON').fill('{ "words": ');
    await call();
    await page.getByText('This is not JSON').waitFor();
    await page.getByLabel('Arguments as JSON').fill('{ "words": "from json" }');
    await call();
    await answer().getByText('from json').waitFor();
    await button('Form').click();
    await expect.poll(() => words.inputValue()).toBe('from json');
    await words.fill('another');
    await button('Again').click();
    await page.locator('.history option').nth(1).waitFor({ state: 'attached' });
    await expect.poll(() => words.inputValue()).toBe('from json');
  });

  it('shows images, sounds, files and links', async () => {
    await tool('picture_notes');
    await call();
    await answer().locator('img').waitFor();
    await expect.poll(() => answer().locator('audio').count()).toBe(1);
    await answer().getByText('# Notes').waitFor();
    await button('Read it here').click();
    await page.locator('.dh', { hasText: 'notes://recent' }).waitFor();
  });

  it('shows progress and the log, and cancels', async () => {
    await tool('export_notes');
    await page.getByRole('button', { name: 'true' }).click();
    await call();
    await answer().getByText('412 of 1280').waitFor();
    await answer().getByText('Export started for Analytical Engines').waitFor();
    await button(/^Cancel/).click();
    await answer().getByText('The call was cancelled').waitFor();
  });

  it('answers the questions of a server: a form, a model, roots, a page', async () => {
    await tool('delete_note');
    await page.getByLabel('id', { exact: true }).fill('7');
    await call();
    await answer().getByRole('button', { name: 'true' }).click();
    await button('Accept and continue').click();
    await answer().getByText('Deleted 7.').waitFor();
    await tool('ask_model');
    await call();
    await page.getByLabel('Your answer').fill('something');
    await button('Answer and continue').click();
    await answer().getByText('It said something').waitFor();
    await tool('list_roots');
    await call();
    await page.getByLabel('URIs').fill('file:///home/ada');
    await button('Answer and continue').click();
    await answer().getByText('file:///home/ada').waitFor();
    await tool('open_page');
    await call();
    await answer().getByText('pay.test', { exact: true }).waitFor();
    await answer().getByRole('button', { name: 'Decline' }).click();
    await answer().getByText('The page: decline').waitFor();
  });

  it('tells a tool that failed from a call that was refused', async () => {
    await tool('fail');
    await call();
    await answer().getByText('The call itself was allowed.').waitFor();
  });

  it('steps up from a 403 by a sign-in, and ends in the call', async () => {
    await tool('share_note');
    await page.locator('.dh .vd', { hasText: '403 scope missing' }).waitFor();
    await call();
    await signInThrough(test, () => button('Step up and call').click());
    await answer().getByText('https://notes.test/shared/').waitFor();
    expect(page.url()).not.toMatch(/code=|token/);
  });

  it('reads resources and templates, with completions, and hears of changes', async () => {
    await become(page, 'Ada');
    await show('resources', 'notes://recent');
    await button('Follow changes').click();
    await page.getByText('No change yet.').waitFor();
    await page.getByRole('button', { name: 'Read', exact: true }).click();
    await answer().getByText('Freeze copy on Thursday.').waitFor();
    await tool('create_note');
    await call();
    await answer().locator('.pt').waitFor();
    await show('resources', 'notes://recent');
    await page.getByText('Changed at').waitFor();
    await show('resources', 'notes://note/{id}');
    await page.getByLabel('id', { exact: true }).fill('la');
    await page.getByText('The server suggests launch, later.').waitFor();
    await page.getByLabel('id', { exact: true }).fill('launch');
    await page.getByRole('button', { name: 'Read', exact: true }).click();
    await answer().getByText('# The note launch').waitFor();
  });

  it('gets prompts, with completions', async () => {
    await show('prompts', 'weekly_review');
    await button('Get').click();
    await page.getByText('This is required.').waitFor();
    await page.getByLabel('week', { exact: true }).fill('2026');
    await page.getByText('The server suggests 2026-48, 2026-49.').waitFor();
    await page.getByLabel('week', { exact: true }).fill('2026-48');
    await button('Get').click();
    await answer().getByText('Review week 2026-48, plainly.').waitFor();
  });

  it('follows a task to its end', async () => {
    await tool('rebuild_index');
    await page.getByLabel('as a task').check();
    await call();
    await page.getByRole('link', { name: 'Follow it' }).click();
    await page.locator('.ab.task').getByText('Rebuilt.').waitFor();
  });

  it('says who may call what, and why, and makes callers up', async () => {
    await panel('access');
    const row = page.locator('.mx tr', { hasText: 'revoke_share' });
    await row.locator('.cell', { hasText: '401' }).first().click();
    await page.locator('.why').getByText('HTTP/1.1 401').waitFor();
    await page.getByRole('button', { name: 'Caller', exact: true }).click();
    await page.getByLabel('name').fill('Olga');
    await page.getByLabel('scopes').fill('notes:share');
    await page.getByLabel('organization').fill('acme');
    await page.getByLabel('permissions').fill('org:notes:share');
    await button('Decide for this caller').click();
    const at = page.locator('.mx thead th', { hasText: 'Olga' });
    await at.waitFor();
    await row.locator('.cell').last().click();
    await page.locator('.why').getByText('Olga may use it.').waitFor();
    await page.locator('.why').getByText('The permission org:notes:share').first().waitFor();
  });

  it('shows the wire, with the token cut, and copies exchanges', async () => {
    await panel('wire');
    await page.locator('.wr .x', { hasText: 'create_note' }).last().click();
    const headers = page.locator('.wd .hd').first();
    await expectText(headers).toMatch(/Bearer \S{6}… \(cut, \d+ characters\)/);
    await test.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const copies = {
      curl: /^curl -X POST[^]*Bearer \$TOKEN[^]*create_note/,
      client: "from '@modelcontextprotocol/client'",
      test: 'createMcpTest',
    };
    for (const [name, text] of Object.entries(copies)) {
      await page.locator('.copy-as').getByRole('button', { name }).click();
      await page.locator('.copy-as [role=status]', { hasText: 'Copied' }).first().waitFor();
      await expect.poll(() => page.evaluate('navigator.clipboard.readText()')).toMatch(text);
    }
  });

  it('shows what clients see, and how they are connected', async () => {
    await panel('connect');
    await page.locator('.chk', { hasText: 'Clients can register themselves' }).waitFor();
    await page.locator('.counts', { hasText: '0 failed' }).waitFor();
    for (const link of ['cursor://anysphere.cursor-deeplink', 'vscode:mcp/install?']) {
      await page.locator(`.cards a[href^="${link}"]`).first().waitFor();
    }
  });

  it('is an expired and a revoked caller, and renews', async () => {
    await tool('whoami');
    await page.locator('.caller').click();
    await button('Use an expired one').click();
    await page.locator('.caller', { hasText: 'expired' }).waitFor();
    await button('OAuth opaque').click();
    await page.locator('.caller', { hasText: 'OAuth opaque' }).waitFor();
    await button('Revoke').click();
    await page.locator('.caller', { hasText: 'revoked' }).waitFor();
    await button('Renew').first().click();
    await page.locator('.caller', { hasText: 'ends in' }).waitFor();
    await page.keyboard.press('Escape');
    await call();
    await answer().locator('td', { hasText: 'oauth_token' }).waitFor();
  });

  it('is a session, a key and a machine', async () => {
    const types = { session: 'session_token', 'API key': 'api_key' };
    for (const [kind, type] of Object.entries(types)) {
      await page.locator('.caller').click();
      await page
        .getByRole('group', { name: 'Kind of token' })
        .getByRole('button', { name: kind })
        .click();
      await page.locator('.caller', { hasText: kind }).waitFor();
      await page.keyboard.press('Escape');
      await tool('whoami');
      await page.locator('.dh .vd', { hasText: 'allowed' }).waitFor();
      await call();
      await answer().locator('td', { hasText: type }).waitFor();
    }
    await become(page, 'A machine');
    await call();
    await answer().locator('td', { hasText: 'm2m_token' }).waitFor();
  });

  it('speaks the revision of 2025 as well', async () => {
    await become(page, 'Ada');
    await page.getByLabel('Protocol version').selectOption('legacy');
    await tool('delete_note');
    await page.getByLabel('id', { exact: true }).fill('8');
    await page.locator('.dot[aria-label=connected]').waitFor();
    await call();
    await answer().getByRole('button', { name: 'true' }).click();
    await button('Accept and continue').click();
    await answer().getByText('Deleted 8.').waitFor();
    await panel('wire');
    await page.locator('.wr .x', { hasText: 'initialize' }).first().waitFor();
  });
});

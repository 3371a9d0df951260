import { Injectable } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page, Response } from 'playwright-core';
import { z } from 'zod';
import {
  jsonSchema,
  McpPrompt,
  McpResource,
  McpTool,
  type McpContext,
} from '../../../src/index.js';
import { become, HAS_BROWSER, startBrowserTest, type BrowserTest } from './browser.js';

/** Runs if any of it becomes markup, a URL or a script. */
const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '<script>alert(2)</script>',
  '"><svg onload=alert(3)>',
  "javascript:alert(4)//'",
  '<iframe srcdoc="<script>alert(5)</script>">',
  '{{constructor.constructor("alert(6)")()}}',
].join(' ');
const FIELD = z.object({ [HOSTILE]: z.string().optional().describe(HOSTILE) });

const MALFORMED = {
  type: 'object',
  required: 7,
  properties: {
    self: { $ref: '#' },
    lost: { $ref: '#/nowhere' },
    huge: { enum: Array.from({ length: 50_000 }, (_, index) => `value ${index}`) },
    untyped: {},
    broken: { type: 'string', pattern: '[' },
    slow: { type: 'string', pattern: '^(a+)+$' },
    mixed: { type: ['string', 'object'] },
    nothing: null,
    list: { type: 'array', items: 7 },
  },
};

@Injectable()
class HostileTools {
  @McpTool({ name: 'hostile', title: HOSTILE, description: HOSTILE, input: FIELD })
  hostile(_input: object, context: McpContext) {
    return [
      HOSTILE,
      { type: 'resource_link', uri: 'javascript:alert(7)', name: HOSTILE, description: HOSTILE },
      { type: 'image', data: 'AAAA', mimeType: 'text/html' },
      { type: 'audio', data: 'AAAA', mimeType: `audio/wav" onerror="alert(8)` },
      context.image(
        Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(9)"/>`),
        'image/svg+xml',
      ),
      context.file(HOSTILE, { uri: 'notes://x', mimeType: 'text/html' }),
    ];
  }

  @McpTool({
    name: 'structured',
    description: 'x',
    output: z.object({ text: z.string(), url: z.string() }),
  })
  structured() {
    return { text: HOSTILE, url: 'javascript:alert(10)' };
  }

  @McpTool({ name: 'fails', description: 'x' })
  fails() {
    return { isError: true, content: [{ type: 'text' as const, text: HOSTILE }] };
  }

  @McpTool({ name: 'asks', description: 'x' })
  asks(_input: object, context: McpContext) {
    if (context.answer('page').kind === 'elicit') return 'asked';
    return context.ask({ page: { page: { message: HOSTILE, url: 'https://x.test/' } } });
  }

  @McpTool({ name: 'large', description: '10 MB of text' })
  large() {
    return 'x'.repeat(10_000_000);
  }

  @McpTool({
    name: 'odd_schema',
    description: 'A schema that refers to itself, and more',
    input: jsonSchema({
      type: 'object',
      properties: {
        tree: { $ref: '#/$defs/node' },
        lost: { $ref: '#/$defs/node' },
        plain: { type: 'string' },
      },
      $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } } },
    }),
  })
  odd_schema(input: unknown) {
    return JSON.stringify(input);
  }

  @McpTool({ name: 'slow', description: 'Until the caller is gone' })
  async slow(_input: object, context: McpContext) {
    await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
  }

  @McpPrompt({ name: 'hostile', title: HOSTILE, description: HOSTILE })
  prompt() {
    return HOSTILE;
  }

  @McpResource({ uri: 'notes://hostile', title: HOSTILE, description: HOSTILE })
  resource() {
    return HOSTILE;
  }
}

describe.skipIf(!HAS_BROWSER)('the explorer and what is hostile', () => {
  let test: BrowserTest;
  let page: Page;
  beforeAll(async () => {
    test = await startBrowserTest({
      providers: [HostileTools],
      mcp: { title: HOSTILE },
      emulator: {
        seed: {
          users: [
            { emailAddress: 'ada@example.com', firstName: HOSTILE },
            { emailAddress: 'bob@example.com', firstName: 'Bob' },
          ],
        },
      },
    });
    page = await test.open();
  });
  afterAll(() => test.stop());

  const show = (hash: string) => page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  const call = () => page.getByRole('button', { name: /^Call/ }).click();
  const answer = () => page.locator('.ans');
  const becomeAda = async (): Promise<void> => {
    await page.locator('.caller').click();
    await page.getByRole('menuitemradio', { name: /ada@example\.com/ }).click();
    await page.locator('.caller', { hasText: 'alert(1)' }).waitFor();
  };

  it('shows every text as text: nothing runs, nothing is fetched', async () => {
    await becomeAda();
    await show('#tools/hostile');
    await page.locator('.dh h1', { hasText: 'alert(1)' }).waitFor();
    await call();
    await answer().locator('.code', { hasText: 'alert(2)' }).first().waitFor();
    expect(await answer().locator('a[href^="javascript:"]').count()).toBe(0);
    await show('#tools/structured');
    await call();
    await answer().locator('.pt', { hasText: 'javascript:alert(10)' }).waitFor();
    expect(await answer().locator('.pt a').count()).toBe(0);
    await show('#tools/fails');
    await call();
    await answer().locator('.code', { hasText: 'alert(1)' }).first().waitFor();
    await show('#tools/asks');
    await call();
    await answer().locator('.asked', { hasText: 'alert(1)' }).waitFor();
    await answer().getByRole('button', { name: 'Decline' }).click();
    for (const hash of [
      '#prompts/hostile',
      '#resources/notes%3A%2F%2Fhostile',
      '#access',
      '#wire',
      '#connect',
    ]) {
      await show(hash);
      await page.waitForTimeout(200);
    }
    await show(`#tools/${encodeURIComponent(HOSTILE)}`);
    await page.getByText('There is no such tool').waitFor();
    expect(await page.locator('iframe, object, embed').count()).toBe(0);
    expect(test.violations).toEqual([]);
    const own = [test.explorer.origin, test.explorer.clerk.url];
    expect([...test.origins].filter((origin) => !own.includes(origin))).toEqual([]);
  });

  it('takes 10 MB, and puts the start of it on the page', async () => {
    await show('#tools/large');
    await call();
    await answer().getByText('are shown').waitFor();
    expect(
      Number(await page.evaluate(`document.querySelector('.ans').innerText.length`)),
    ).toBeLessThan(250_000);
    await page.locator('.rail').getByText('Access').click();
    await page.locator('.mx').waitFor();
  });

  it('writes as JSON what no form can show', async () => {
    await show('#tools/odd_schema');
    await page.getByRole('button', { name: 'Set tree' }).click();
    await page.getByText('It refers to itself.').waitFor();
    await page.getByLabel('plain').fill('yes');
    await call();
    await answer().getByText('"plain": "yes"').waitFor();
  });

  it('makes a form of malformed schemas, and is not held up by a pattern', async () => {
    await page.route('**/mcp', async (route) => {
      if (route.request().headers()['mcp-method'] !== 'tools/list') return route.fallback();
      const response = await route.fetch();
      const body: any = await response.json();
      body.result.tools.find(({ name }: any) => name === 'odd_schema').inputSchema = MALFORMED;
      return route.fulfill({ response, json: body });
    });
    await become(page, 'Bob');
    await show('#tools/odd_schema');
    await page.getByText('It refers to itself.').first().waitFor();
    await page.getByText('Its schema names no type that a form has.').first().waitFor();
    expect(await page.getByLabel('huge').locator('option').count()).toBeLessThan(1_000);
    await page.getByLabel('broken').fill('anything');
    await page.getByLabel('slow').fill(`${'a'.repeat(60)}!`);
    await call();
    await answer().getByText('anything').waitFor();
    await page.unroute('**/mcp');
    await becomeAda();
  });

  it('opens no address but that of a web page, and shows errors as text', async () => {
    await page.route('**/mcp', async (route) => {
      const name = route.request().headers()['mcp-name'];
      if (name === 'asks') {
        const response = await route.fetch();
        const text = (await response.text()).replaceAll('https://x.test/', 'javascript:alert(11)');
        return route.fulfill({ response, body: text });
      }
      if (name !== 'fails') return route.fallback();
      const { id } = route.request().postDataJSON();
      const error = { code: -32_000, message: HOSTILE, data: HOSTILE };
      return route.fulfill({ status: 500, json: { jsonrpc: '2.0', id, error } });
    });
    await show('#tools/asks');
    await call();
    await answer().getByText('This is not the address of a web page').waitFor();
    expect(await answer().getByRole('link').count()).toBe(0);
    await answer().getByRole('button', { name: 'Decline' }).click();
    await show('#tools/fails');
    await call();
    await answer().locator('.card-b', { hasText: 'alert(1)' }).waitFor();
    await page.unroute('**/mcp');
    expect(test.violations).toEqual([]);
  });

  it('says that a connection was lost, and is usable', async () => {
    await show('#tools/slow');
    const begun = page.waitForResponse((response) => isStreamOf(response, 'slow'));
    await call();
    // Before the answer begins, the browser would send the request again by itself.
    await begun;
    test.explorer.app.getHttpServer().closeAllConnections();
    await answer().getByText('The call failed').waitFor();
    await show('#tools/structured');
    await call();
    await answer().locator('.vd', { hasText: '200' }).waitFor();
  });

  it('says that the server is away, and comes back', async () => {
    await test.context.setOffline(true);
    await call();
    await page.locator('.ban', { hasText: 'cannot be reached' }).waitFor();
    await test.context.setOffline(false);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.ban').waitFor({ state: 'detached' });
  });

  it('says that a token has ended, keeps the arguments, and renews', async () => {
    await page.locator('.caller').click();
    await page.getByRole('button', { name: 'Use an expired one' }).click();
    await page.locator('.caller', { hasText: 'expired' }).waitFor();
    await page.keyboard.press('Escape');
    await call();
    await answer().getByText('has ended').waitFor();
    await page.getByRole('button', { name: 'Renew and call' }).click();
    await answer().locator('.vd', { hasText: '200' }).waitFor();
  });

  it('keeps two tabs with two users apart', async () => {
    const other = await test.open();
    await become(other, 'Bob');
    await page.locator('.ban', { hasText: 'Another tab is Bob' }).waitFor();
    expect(await page.locator('.caller').innerText()).not.toContain('Bob');
    await other.close();
  });
});

function isStreamOf(response: Response, tool: string): boolean {
  const isStream = response.headers()['content-type']?.includes('text/event-stream') === true;
  return isStream && response.request().headers()['mcp-name'] === tool;
}

import { createServer, type Server } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchChromium, noBrowser, type Browser, type Page } from '../support/chromium.js';
import { freePort } from '../support/free-port.js';
import { CLIENT_KINDS, signedIn } from '../support/mcp-clients.js';
import { modernHeaders } from '../support/mcp-request.js';
import { OAuthClient, REDIRECT_URL } from '../support/oauth-client.js';
import { ADA, GRACE, userIdOf } from '../support/people.js';
import { startService, type TestService } from '../support/service.js';
import { PATIENCE } from '../support/within.js';

const unless = noBrowser === undefined ? '' : ` (skipped: ${noBrowser})`;

describe.skipIf(noBrowser !== undefined)(`A person with a browser${unless}`, () => {
  let service: TestService;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  beforeAll(async () => {
    service = await startService();
    browser = await launchChromium();
  });
  beforeEach(async () => {
    page = await browser.newPage();
    complaints = [];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
  });
  afterAll(async () => {
    await browser.close();
    await service.stop();
  });

  /** Clicks an account and then a button; the redirect back is where the client listens. */
  const clicking = (account: string, consented: 'true' | 'false') => async (url: URL) => {
    const redirected = page.waitForRequest((request) => request.url().startsWith(REDIRECT_URL), {
      timeout: PATIENCE,
    });
    await page.goto(url.href);
    expect(await page.title()).toContain('Sign in');
    await page.click(`button[value="${userIdOf(service, account)}"]`);
    await page.click(`button[name="consented"][value="${consented}"]`);
    return new URL((await redirected).url());
  };

  it.each(CLIENT_KINDS)('signs in for the $name', async (kind) => {
    const provider = new OAuthClient(clicking(ADA, 'true'));
    const client = await signedIn(kind, service.url, provider);
    const { structuredContent } = await client.callTool('getUserProfile');
    expect(structuredContent).toMatchObject({ email: ADA, lastName: 'Lovelace' });
    expect(complaints.filter((text) => /Content Security Policy|Refused/.test(text))).toEqual([]);
    await client.close();
  });

  it('denies, and is sent back all the same', async () => {
    const provider = new OAuthClient(clicking(GRACE, 'false'));
    const [kind] = CLIENT_KINDS;
    await expect(kind?.connect(service.url, provider)).rejects.toThrow();
    expect(provider.callbacks[0]?.searchParams.get('error')).toBe('access_denied');
  });

  describe('on the page of a web client', () => {
    let site: Server;
    beforeEach(async () => {
      const port = await freePort();
      site = createServer((_request, response) => {
        response.setHeader('content-type', 'text/html').end('<!doctype html><title>Client</title>');
      }).listen(port, '127.0.0.1');
      await page.goto(`http://127.0.0.1:${port}/`);
    });
    afterEach(() => {
      site.close();
    });

    it('can read the challenge, and the metadata that it names', async () => {
      const seen = await page.evaluate(
        async ({ url, headers }) => {
          const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'echo' } };
          const refused = await fetch(url, {
            method: 'POST',
            headers: { 'content-type': 'application/json', ...headers },
            body: JSON.stringify(body),
          });
          const challenge = refused.headers.get('www-authenticate') ?? '';
          const metadata = /resource_metadata="([^"]+)"/.exec(challenge)?.[1] ?? '';
          const resource = await (await fetch(metadata)).json();
          return { status: refused.status, resource };
        },
        { url: service.url, headers: modernHeaders('tools/call', { name: 'echo' }) },
      );
      expect(seen).toMatchObject({ status: 401, resource: { resource: service.url } });
    });
  });
});

import { request as httpRequest } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADAPTERS } from '../support/adapters.js';
import { ADA, startExplorerApp, type ExplorerApp } from './explorer-app.js';

const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

describe.each(ADAPTERS)('the explorer on %s', (adapter) => {
  let explorer: ExplorerApp;
  beforeAll(async () => {
    explorer = await startExplorerApp({ adapter, explorer: { redirectRoot: true } });
  });
  afterAll(() => explorer.stop());

  it('serves a page that may load its own files only', async () => {
    const response = await fetch(explorer.url);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    const page = await response.text();
    expect(page).not.toMatch(/<script(?![^>]* src=)|<style|https?:\/\//);
  });

  it.each(['', '/', '?x=1', '/?x=1'])('finds its files from the page at %j', async (end) => {
    expect(await filesFrom(`${explorer.url}${end}`)).toBeGreaterThanOrEqual(3);
  });

  it('sends nothing again that the browser has', async () => {
    const etag = (await fetch(explorer.url)).headers.get('etag') ?? '';
    const again = await fetch(explorer.url, { headers: { 'if-none-match': etag } });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  it.each([
    'assets/none.js',
    'assets/..%2f..%2fpackage.json',
    'assets/index.html',
    'none',
    'none/',
  ])('has no %s', async (path) => {
    expect((await fetch(`${explorer.url}/${path}`)).status).toBe(404);
  });

  it.each(['/', '/mcp'])('is where a browser goes that opens %s', async (path) => {
    const url = `${explorer.origin}${path}`;
    const response = await fetch(url, { headers: BROWSER, redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([302, '/explorer']);
  });

  it('leaves clients of / and of the endpoint alone', async () => {
    expect((await fetch(`${explorer.origin}/`)).status).toBe(404);
    const stream = { accept: 'text/event-stream' };
    const response = await fetch(`${explorer.origin}/mcp`, { headers: stream, redirect: 'manual' });
    expect(response.status).toBeGreaterThanOrEqual(400);
  });

  describe('answers its own page only', () => {
    it.each([
      ['another origin', { origin: 'http://evil.test' }],
      ['another port of this machine', { origin: 'http://127.0.0.1:1' }],
      ['no origin', { origin: '' }],
      ['another site, as the browser says', { 'sec-fetch-site': 'cross-site' }],
      ['a page of the same site', { 'sec-fetch-site': 'same-site' }],
      ['a form', { 'content-type': 'text/plain' }],
    ])('and not %s', async (_what, headers) => {
      for (const path of [
        'config',
        'people',
        'mint',
        'revoke',
        'access',
        'caller',
        'sign-in',
        'token',
      ]) {
        const response = await explorer.ask(path, {}, headers);
        expect([path, response.status >= 400 && response.status < 500]).toEqual([path, true]);
        expect(await response.text()).not.toContain('ada@');
      }
    });

    it('and not a page under a name that leads here (DNS rebinding)', async () => {
      expect(await statusAs(explorer, 'evil.test')).toBe(403);
      expect(await statusAs(explorer, new URL(explorer.origin).host)).toBe(200);
    });
  });

  it('says which servers there are', async () => {
    const config = (await (await explorer.ask('config')).json()) as any;
    expect(config).toMatchObject({
      needsSignIn: false,
      emulator: true,
      issuer: explorer.clerk.url,
      servers: [{ path: 'mcp', route: '/mcp', title: 'The ledger', signIn: 'offer' }],
    });
    expect(config.servers[0].resource).toBe(`${explorer.origin}/mcp`);
    expect(config.servers[0].scopes).toEqual(
      expect.arrayContaining(['ledger:write', 'ledger:read']),
    );
  });

  it('is nowhere when it is off', async () => {
    const off = await startExplorerApp({
      adapter,
      explorer: { enabled: false, redirectRoot: true },
    });
    try {
      expect((await fetch(off.url)).status).toBe(404);
      expect((await off.ask('config')).status).toBe(404);
      expect((await off.ask('mint', { kind: 'oauth_jwt', user: ADA })).status).toBe(404);
      const page = await fetch(`${off.origin}/mcp`, { headers: BROWSER, redirect: 'manual' });
      expect(page.status).toBe(200);
      expect((await fetch(`${off.origin}/`, { headers: BROWSER })).status).toBe(404);
    } finally {
      await off.stop();
    }
  });

  it('is below the global prefix, with and without a slash', async () => {
    const below = await startExplorerApp({ adapter, prefix: 'api' });
    try {
      expect(below.url).toMatch(/\/api\/explorer$/);
      for (const end of ['', '/']) {
        expect(await filesFrom(`${below.url}${end}`)).toBeGreaterThanOrEqual(3);
      }
      const config = (await (await below.ask('config')).json()) as any;
      expect(config.servers[0].route).toBe('/api/mcp');
      const moved = await fetch(`${below.origin}/api/mcp`, {
        headers: BROWSER,
        redirect: 'manual',
      });
      expect(moved.headers.get('location')).toBe('/api/explorer');
    } finally {
      await below.stop();
    }
  });

  it('shows nothing in production before a sign-in, and then what the caller may use', async () => {
    const live = await startExplorerApp({
      adapter,
      explorer: { enabled: true },
      clerk: { production: true },
    });
    try {
      expect(await (await live.ask('config')).json()).toMatchObject({
        needsSignIn: true,
        emulator: false,
      });
      expect((await live.ask('people')).status).toBe(404);
      expect((await live.ask('mint', { kind: 'oauth_jwt', user: ADA })).status).toBe(404);
      expect((await live.ask('access', { callers: [] })).status).toBe(401);
      const resource = `${live.origin}/mcp`;
      const token = await live.clerk.issue.oauthAccessToken({ user: ADA, resource });
      const authorization = `Bearer ${token}`;
      const matrix = (await (
        await live.ask('access', { callers: [] }, { authorization })
      ).json()) as any;
      const keys = matrix.entries.map(({ key }: any) => key);
      expect(keys).toEqual(['about', 'read', 'summary']);
      expect(
        (await live.ask('access', { callers: [] }, { authorization: 'Bearer x' })).status,
      ).toBe(401);
    } finally {
      await live.stop();
    }
  });

  it('takes a request through a proxy or a tunnel for one from elsewhere', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.7' };
    expect(await (await explorer.ask('config', {}, headers)).json()).toMatchObject({
      needsSignIn: true,
      emulator: false,
    });
    expect((await explorer.ask('people', {}, headers)).status).toBe(404);
    expect((await explorer.ask('mint', { kind: 'oauth_jwt', user: ADA }, headers)).status).toBe(
      404,
    );
  });
});

/** Loads the files of a page. @returns how many there are */
async function filesFrom(url: string): Promise<number> {
  const response = await fetch(url);
  expect([url, response.status]).toEqual([url, 200]);
  const page = await response.text();
  const files = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file = '']) => file);
  for (const file of files) {
    const answer = await fetch(new URL(file, response.url));
    expect([file, answer.status]).toEqual([file, 200]);
    expect(answer.headers.get('cache-control')).toContain('immutable');
    await answer.text();
  }
  return files.length;
}

it('is at a path with a slash also where Fastify ignores the slash', async () => {
  const routerOptions = { ignoreTrailingSlash: true };
  const framework = new FastifyAdapter({ routerOptions, forceCloseConnections: true });
  const same = await startExplorerApp({ framework });
  try {
    expect(await filesFrom(`${same.url}/`)).toBeGreaterThanOrEqual(3);
  } finally {
    await same.stop();
  }
});

it('says what is wrong with an option', async () => {
  await expect(startExplorerApp({ explorer: { enable: true } as object })).rejects.toThrow(
    'McpExplorerModule: unknown option `enable`: write `enabled`.',
  );
  await expect(startExplorerApp({ explorer: { path: '/' } })).rejects.toThrow('path is empty');
});

/** Status of a request whose `Host` and `Origin` name this host: what a page there would send. */
function statusAs({ url }: ExplorerApp, host: string): Promise<number | undefined> {
  const headers = { host, origin: `http://${host}`, 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const sent = httpRequest(`${url}/api/config`, { method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on('error', reject);
    sent.end('{}');
  });
}

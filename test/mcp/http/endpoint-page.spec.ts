import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSession } from '../server/session-client.js';
import { ServedTools } from '../server/tools.js';
import { mcpApp, startMcpApp, type McpApp } from '../fixtures.js';
import { ADAPTERS, createAdapter } from '../../support/adapters.js';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

describe.each(ADAPTERS)('a browser that opens the URL of the endpoint, on %s', (name) => {
  let mcp: McpApp;
  beforeAll(async () => {
    mcp = await startMcpApp([ServedTools], {
      adapter: createAdapter(name),
      name: 'notes; rm -rf "$HOME"',
      title: '<script>alert(1)</script> & "Notes"',
      websiteUrl: 'https://notes.test/?a=1&b="2"',
      configure: (app) => app.enableCors({ origin: 'https://app.test', credentials: true }),
    });
  });
  afterAll(() => mcp.app.close());
  const get = (headers: Record<string, string>) => fetch(mcp.url, { headers });

  it('gets a page for people, which loads and runs nothing', async () => {
    const response = await get({ accept: BROWSER });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const page = await response.text();
    const style = /<style>(.*?)<\/style>/s.exec(page)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(response.headers.get('content-security-policy')).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('vary')).toContain('Accept');
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.test');
    expect(page).toContain('This is the address of an MCP server.');
    expect(page).toContain('https://modelcontextprotocol.io/');
  });

  it('gets the names of the server as text', async () => {
    const page = await (await get({ accept: BROWSER })).text();
    expect(page).not.toContain('<script');
    expect(page).toContain('&#60;script&#62;alert(1)&#60;/script&#62; &#38; &#34;Notes&#34;');
    expect(page).toContain('claude mcp add --transport http notes-rm-rf-HOME ADDRESS');
    expect(page).toContain('href="https://notes.test/?a=1&#38;b=&#34;2&#34;"');
  });

  it.each([
    ['a stream', { accept: 'text/event-stream' }],
    ['a stream or a page', { accept: `${BROWSER}, text/event-stream` }],
    ['anything', { accept: '*/*' }],
    ['a page, with a session', { accept: BROWSER, 'mcp-session-id': 'x' }],
    ['a page, with a revision', { accept: BROWSER, 'mcp-protocol-version': '2025-11-25' }],
    ['a page, with a credential', { accept: BROWSER, authorization: 'Bearer alice' }],
    ['a page, with an event', { accept: BROWSER, 'last-event-id': '1' }],
  ])('differs from a client that accepts %s', async (_, headers) => {
    const response = await get(headers);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  });

  it('leaves the stream of a session to its client', async () => {
    const { id } = await openSession(mcp.url);
    const end = new AbortController();
    const response = await fetch(mcp.url, {
      headers: { accept: 'text/event-stream', 'mcp-session-id': id },
      signal: end.signal,
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    end.abort();
  });

  it('sends nothing as a page but a GET', async () => {
    const response = await fetch(mcp.url, { method: 'DELETE', headers: { accept: BROWSER } });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.headers.get('content-type')).not.toContain('html');
  });

  it('is refused by the guards and the check of Host as any other request', async () => {
    const strict = await mcpApp([ServedTools], {
      adapter: createAdapter(name),
      allowedOrigins: [],
    });
    const headers = { accept: BROWSER, origin: 'https://evil.test' };
    expect((await fetch(strict.url, { headers })).status).toBe(403);
  });

  it('gets the page where clients must sign in to connect, and they get 401', async () => {
    const { url } = await mcpApp([ServedTools], {
      adapter: createAdapter(name),
      signIn: 'connect',
      websiteUrl: 'javascript:alert(1)',
    });
    const response = await fetch(url, { headers: { accept: BROWSER } });
    expect(response.status).toBe(200);
    expect(await response.text()).not.toContain('javascript:');
    expect((await fetch(url, { headers: { accept: 'text/event-stream' } })).status).toBe(401);
  });
});

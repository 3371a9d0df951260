import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withLimits } from '../support/limits.js';
import { callTool } from '../support/mcp-request.js';
import { challengeOf } from '../support/refusals.js';
import { startService, type TestService } from '../support/service.js';

let service: TestService;
beforeAll(async () => {
  service = await startService({
    override: withLimits({ failureCoolDownMs: 0, documentTtlMs: 0 }),
  });
});
afterAll(() => service.stop());

const get = async (path: string, headers: Record<string, string> = {}) => {
  const response = await fetch(`${service.baseURL}${path}`, { headers, redirect: 'manual' });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text };
};
const RESOURCE = '/.well-known/oauth-protected-resource';
const SERVER = '/.well-known/oauth-authorization-server';

describe('The metadata of the protected resource', () => {
  it.each([RESOURCE, `${RESOURCE}/mcp`])('is at %s, for everybody', async (path) => {
    const { status, headers, text } = await get(path);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({
      resource: service.url,
      authorization_servers: [service.clerk.url],
      bearer_methods_supported: ['header'],
      scopes_supported: ['profile', 'email'],
      resource_name: 'nestjs-clerk-mcp',
    });
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    // Without BASE_URL it depends on the host that was asked.
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('is where the challenge says', async () => {
    const challenge = challengeOf(await callTool(service.url, 'echo', { message: 'hi' })) ?? '';
    const url = /resource_metadata="([^"]+)"/.exec(challenge)?.[1] ?? '';
    expect(await (await fetch(url)).json()).toMatchObject({ resource: service.url });
  });

  it('says the same whatever host and scheme the request claims', async () => {
    const expected = (await get(RESOURCE)).text;
    const forwarded = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
    expect((await get(RESOURCE, forwarded)).text).toBe(expected);
    expect((await get(`${RESOURCE}/mcp?resource=https://evil.example`)).text).toBe(expected);
  });

  it('is not there for other resources', async () => {
    for (const path of ['/other', '/mcp/other', '/MCP', '/mcpx']) {
      expect((await get(`${RESOURCE}${path}`)).status).toBe(404);
    }
  });

  it('names the public URL where it is another than the one listened on', async () => {
    const behindProxy = await startService({ env: { BASE_URL: 'https://mcp.example.com/' } });
    const port = new URL(behindProxy.baseURL).port;
    const response = await fetch(`http://127.0.0.1:${port}${RESOURCE}/mcp`);
    expect(await response.json()).toMatchObject({ resource: 'https://mcp.example.com/mcp' });
    expect(response.headers.get('cache-control')).toBe('public, max-age=300');
    const answer = await callTool(behindProxy.url, 'echo', { message: 'hi' });
    expect(challengeOf(answer)).toContain(
      `resource_metadata="https://mcp.example.com${RESOURCE}/mcp"`,
    );
    await behindProxy.stop();
  });
});

describe('The metadata of the authorization server', () => {
  it('is a copy of Clerk’s own, registration included', async () => {
    const { status, headers, text } = await get(SERVER);
    expect(status).toBe(200);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    const original: unknown = await (await fetch(`${service.clerk.url}${SERVER}`)).json();
    expect(JSON.parse(text)).toEqual(original);
    expect(original).toMatchObject({
      issuer: service.clerk.url,
      registration_endpoint: `${service.clerk.url}/oauth/register`,
    });
  });

  it('serves on from memory while Clerk is away', async () => {
    const { text } = await get(SERVER);
    service.clerk.faults.set('discovery', { kind: 'reset' });
    expect(await get(SERVER)).toMatchObject({ status: 200, text });
    service.clerk.faults.clear();
  });

  it('is 503 while Clerk was never there', async () => {
    const early = await startService({
      override: withLimits({ failureCoolDownMs: 0 }),
      before: ({ faults }) => faults.set('discovery', { kind: 'status', status: 500 }),
    });
    const response = await fetch(`${early.baseURL}${SERVER}`);
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    early.clerk.faults.clear();
    expect((await fetch(`${early.baseURL}${SERVER}`)).status).toBe(200);
    await early.stop();
  });
});

describe('Everything else', () => {
  it.each(['/', '/favicon.ico', '/.env', '/.well-known/nothing', '/healthz', '/__emulator'])(
    '%s is not found, and says no more',
    async (path) => {
      const { status, text } = await get(path);
      expect(status).toBe(404);
      expect(text).not.toContain('node_modules');
    },
  );
});

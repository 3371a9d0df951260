import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callTool, send } from '../support/mcp-request.js';
import { accessToken, ADA, userIdOf } from '../support/people.js';
import { expectEcho } from '../support/refusals.js';
import { startService, type TestService } from '../support/service.js';

const APP = 'https://app.example';

let service: TestService;
beforeAll(async () => {
  service = await startService({ env: { ALLOWED_ORIGINS: APP, MCP_SIGN_IN: 'call' } });
});
afterAll(() => service.stop());

const GOOD = [APP, 'http://localhost:5173', 'http://127.0.0.1:6274', 'http://[::1]:3000'];
const BAD = [
  'https://evil.example',
  'http://app.example',
  `${APP}.evil.example`,
  `${APP}:8443`,
  'http://localhost.evil.example',
  'http://127.0.0.1.evil.example',
  'null',
];

const REQUEST_HEADERS = [
  'authorization',
  'content-type',
  'accept',
  'last-event-id',
  'mcp-protocol-version',
  'mcp-method',
  'mcp-name',
  'mcp-session-id',
];

const preflight = (origin: string) =>
  fetch(service.url, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers':
        'authorization,content-type,mcp-protocol-version,mcp-method',
    },
  });

describe('A browser that asks beforehand', () => {
  it.each(GOOD)('is invited from %s', async (origin) => {
    const { ok, headers } = await preflight(origin);
    expect(ok).toBe(true);
    expect(headers.get('access-control-allow-origin')).toBe(origin);
    expect(headers.get('access-control-allow-methods')).toMatch(/POST/);
    for (const name of REQUEST_HEADERS) {
      expect(headers.get('access-control-allow-headers')?.toLowerCase()).toContain(name);
    }
    expect(headers.get('access-control-allow-credentials')).toBeNull();
  });

  it.each(BAD)('is not invited from %s', async (origin) => {
    const { headers } = await preflight(origin);
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('A call from a page', () => {
  it.each(GOOD)('of %s is served, and the page may read what it needs', async (origin) => {
    const token = await accessToken(service);
    const options = { token, headers: { origin } };
    const answer = await callTool(service.url, 'echo', { message: 'hi' }, options);
    expectEcho(answer, userIdOf(service, ADA));
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
  });

  it('may read the challenge that starts a sign-in', async () => {
    const options = { headers: { origin: APP } };
    const { status, headers } = await callTool(service.url, 'echo', { message: 'hi' }, options);
    expect(status).toBe(401);
    expect(headers.get('access-control-allow-origin')).toBe(APP);
    const exposed = headers.get('access-control-expose-headers')?.toLowerCase();
    expect(exposed).toContain('www-authenticate');
    expect(exposed).toContain('mcp-session-id');
  });

  it.each(BAD)('of %s is refused, signed in or not', async (origin) => {
    for (const token of [await accessToken(service), undefined]) {
      const answer = await send(service.url, 'tools/list', {}, { token, headers: { origin } });
      expect(answer.status).toBe(403);
      expect(answer.body.error).toMatchObject({ message: expect.stringContaining('Origin') });
    }
  });
});

describe('The Host header', () => {
  const list = (host: string) =>
    new Promise<number>((resolve, reject) => {
      const headers = { host, 'content-type': 'application/json', accept: 'application/json' };
      const call = request(service.url, { method: 'POST', headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      call.on('error', reject);
      call.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }));
    });
  const port = () => new URL(service.url).port;

  it.each(['127.0.0.1', 'localhost', '[::1]', 'LOCALHOST'])('may be %s', async (name) => {
    expect(await list(`${name}:${port()}`)).toBe(200);
  });

  it.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.nip.example',
    '169.254.169.254',
    'x y',
  ])('may not be %s, which is how a page reaches a local server', async (name) => {
    expect(await list(`${name}:${port()}`)).toBe(403);
  });
});

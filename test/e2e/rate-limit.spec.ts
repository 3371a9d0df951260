import { afterAll, beforeAll, expect, it } from 'vitest';
import { callTool, ERAS, send } from '../support/mcp-request.js';
import { accessToken, ADA, GRACE, sessionToken, userIdOf } from '../support/people.js';
import { expectEcho } from '../support/refusals.js';
import { startService, type TestService } from '../support/service.js';

const LIMIT = 8;

let service: TestService;
beforeAll(async () => {
  service = await startService({
    env: { RATE_LIMIT: String(LIMIT), TRUST_PROXY: 'loopback' },
  });
});
afterAll(() => service.stop());

const USERS = { modern: ADA, legacy: GRACE } as const;

it.each(ERAS)('RATE_LIMIT bounds what one user may ask, %s era', async (era) => {
  const user = USERS[era];
  const token = await accessToken(service, { user });
  // A call of a 2025-era client takes two requests: it opens a session first.
  const calls = era === 'modern' ? LIMIT : LIMIT / 2;
  for (let at = 0; at < calls; at += 1) {
    const options = { era, token };
    expectEcho(
      await callTool(service.url, 'echo', { message: 'hi' }, options),
      userIdOf(service, user),
    );
  }
  // Another token of the same user, of another kind, counts for the same user.
  const other = { era, token: await sessionToken(service, { user }) };
  const refused = await send(service.url, 'tools/list', {}, other);
  expect(refused.status).toBe(429);
  expect(refused.body.error).toEqual({
    code: -32_000,
    message: expect.stringMatching(/^Too many requests\. Try again in \d+ seconds\.$/),
  });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
});

it('RATE_LIMIT counts requests with a slash at the end of the path with those without', async () => {
  const from = { headers: { 'x-forwarded-for': '203.0.113.9' } };
  const urls = [service.url, `${service.url}/`];
  for (let at = 0; at < LIMIT; at += 1) {
    expect((await callTool(urls[at % 2] ?? '', 'getAuthInfo', {}, from)).status).toBe(200);
  }
  for (const url of urls) expect((await callTool(url, 'getAuthInfo', {}, from)).status).toBe(429);
});

it('RATE_LIMIT bounds anonymous callers by address, and neither probes nor metadata', async () => {
  const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
  for (let at = 0; at < LIMIT; at += 1) {
    expect((await callTool(service.url, 'getAuthInfo', {}, from('203.0.113.1'))).status).toBe(200);
  }
  expect((await callTool(service.url, 'getAuthInfo', {}, from('203.0.113.1'))).status).toBe(429);
  expect((await callTool(service.url, 'getAuthInfo', {}, from('203.0.113.2'))).status).toBe(200);
  const paths = [
    '/health/live',
    '/health/ready',
    '/.well-known/oauth-protected-resource/mcp',
    '/.well-known/oauth-authorization-server',
  ];
  for (const path of paths) {
    for (let at = 0; at <= LIMIT; at += 1) {
      expect((await fetch(`${service.baseURL}${path}`, from('203.0.113.1'))).status).toBe(200);
    }
  }
});

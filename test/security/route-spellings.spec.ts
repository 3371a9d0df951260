import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { UserProfiles } from '../../src/demo/user-profiles.js';
import { ENVELOPE, ERAS, modernHeaders, type Era } from '../support/mcp-request.js';
import { accessToken } from '../support/people.js';
import { rawPost, sendRaw } from '../support/raw-socket.js';
import { startService, type TestService } from '../support/service.js';

/** Every run of echo asks for the contact of the caller. */
const echoed = vi.spyOn(UserProfiles.prototype, 'readContact');

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
beforeEach(() => {
  echoed.mockClear();
});
afterEach(() => {
  expect(echoed).not.toHaveBeenCalled();
});
afterAll(async () => {
  echoed.mockRestore();
  await service.stop();
});

const host = () => new URL(service.url).host;

type Header = readonly [string, string];

function echoRequest(target: string, era: Era, method = 'POST', more: readonly Header[] = []) {
  const modern = era === 'modern';
  const body = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'echo', arguments: { message: 'hi' }, ...(modern && { _meta: ENVELOPE }) },
  });
  const headers: Header[] = [
    ['Host', host()],
    ['Content-Type', 'application/json'],
    ['Accept', 'application/json, text/event-stream'],
    ...(modern ? Object.entries(modernHeaders('tools/call', { name: 'echo' })) : []),
    ...more,
  ];
  return rawPost(target, headers, body, method);
}

const SPELLINGS = [
  '/mcp',
  '/MCP',
  '/Mcp',
  '//mcp',
  '///mcp',
  '/mcp/',
  '/mcp//',
  '/%6dcp',
  '/%6D%63%70',
  '/%4dCP',
  '/m%63p/',
  '/%2fmcp',
  '/mcp%2f',
  '/%256dcp',
  '/mcp.',
  '/mcp..',
  '/mcp.json',
  '/mcp%20',
  '/%20mcp',
  '/mcp%09',
  '/mcp%00',
  '/mcp%00.json',
  '/mcp%0d%0a',
  '/mcp%ff',
  '/mcp%',
  '/./mcp',
  '/mcp/.',
  '/x/../mcp',
  '/health/../mcp',
  '/.well-known/..%2fmcp',
  '/%2e/mcp',
  '/x/%2e%2e/mcp',
  '\\mcp',
  '/\\mcp',
  '/mcp\\',
  '/mcp;a=b',
  '/mcp;jsessionid=1',
  '/;/mcp',
  '/mcp?x=/health/live',
  '/mcp?/.well-known/oauth-protected-resource',
  '/mcp#/health/live',
  '/mcp:443',
  '/*',
  '*',
  'mcp',
  '/v1/mcp',
  '/api/mcp',
  '/\uFF4Dcp',
];

const METHODS =
  'GET PUT PATCH DELETE HEAD OPTIONS TRACE CONNECT PROPFIND QUERY SEARCH post Post MCP'.split(' ');

describe.each(ERAS)('Without a token, %s era', (era) => {
  it.each(SPELLINGS)('%s does not run a protected tool', async (target) => {
    const answer = await sendRaw(service.url, echoRequest(target, era));
    expect(answer.status).not.toBe(200);
    expect(answer.text).not.toContain('"structuredContent"');
  });

  it.each(['http://HOST/mcp', 'http://HOST/MCP', 'http://evil.example/mcp', 'https://HOST//mcp'])(
    'the absolute form %s does not either',
    async (form) => {
      const target = form.replace('HOST', host());
      const answer = await sendRaw(service.url, echoRequest(target, era));
      expect(answer.status).not.toBe(200);
    },
  );

  it.each(METHODS)('the method %s does not either', async (method) => {
    const answer = await sendRaw(service.url, echoRequest('/mcp', era, method));
    expect(answer.status).not.toBe(200);
  });

  it.each(['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'])(
    'the header %s does not either',
    async (name) => {
      for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
        const more: Header[] = [[name, 'POST']];
        const answer = await sendRaw(
          service.url,
          echoRequest('/mcp?_method=POST', era, method, more),
        );
        expect(answer.status).not.toBe(200);
      }
    },
  );

  it.each<Header>([
    ['X-Original-URL', '/health/live'],
    ['X-Rewrite-URL', '/health/live'],
    ['X-Forwarded-Prefix', '/health'],
    ['X-Forwarded-For', '127.0.0.1'],
    ['X-User-Id', 'user_1'],
    ['X-Clerk-Auth-Status', 'signed-in'],
    ['Forwarded', 'for=127.0.0.1;host=localhost'],
  ])('the header %s: %s does not either', async (name, value) => {
    const answer = await sendRaw(service.url, echoRequest('/mcp', era, 'POST', [[name, value]]));
    expect(answer.status).toBe(401);
  });
});

describe('The same request with a token', () => {
  it('runs the tool, so that the rest of this file means something', async () => {
    const bearer: Header = ['Authorization', `Bearer ${await accessToken(service)}`];
    for (const era of ERAS) {
      const answer = await sendRaw(service.url, echoRequest('/mcp', era, 'POST', [bearer]));
      expect(answer.status).toBe(200);
    }
    expect(echoed).toHaveBeenCalledTimes(2);
    echoed.mockClear();
  });
});

describe('On one connection', () => {
  it('a request after that of a signed-in user is nobody’s', async () => {
    const bearer: Header = ['Authorization', `Bearer ${await accessToken(service)}`];
    const first = echoRequest('/mcp', 'modern', 'POST', [bearer]).replace(
      'Connection: close\r\n',
      '',
    );
    const { text } = await sendRaw(service.url, `${first}${echoRequest('/mcp', 'modern')}`);
    const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status);
    expect(statuses).toEqual(['200', '401']);
    expect(echoed).toHaveBeenCalledTimes(1);
    echoed.mockClear();
  });

  it('a request hidden in the body of another is not served', async () => {
    const hidden = echoRequest('/mcp', 'modern');
    const head = [
      'POST /mcp HTTP/1.1',
      `Host: ${host()}`,
      'Content-Type: application/json',
      `Authorization: Bearer ${await accessToken(service)}`,
      `Content-Length: ${hidden.length + 5}`,
      'Transfer-Encoding: chunked',
    ].join('\r\n');
    const { text } = await sendRaw(service.url, `${head}\r\n\r\n0\r\n\r\n${hidden}`);
    expect(text).not.toContain('HTTP/1.1 200');
    expect(text.split('HTTP/1.1 ')).toHaveLength(2);
  });
});

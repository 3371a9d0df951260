import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assertHostAndOrigin } from '../../../src/mcp/http/host-and-origin.js';
import { McpHttpException } from '../../../src/mcp/http/http-errors.js';
import { startMcpApp, type McpApp } from '../fixtures.js';
import { ServedTools } from '../server/tools.js';
import { rawCall, rawRequest } from './raw-request.js';

interface Case {
  readonly at?: string;
  readonly host?: string | undefined;
  readonly authority?: string;
  readonly origin?: string;
  readonly hosts?: string[];
  readonly origins?: string[];
}

function verdict({ at = '127.0.0.1', authority, origin, hosts, origins, ...given }: Case) {
  const { host = authority === undefined ? 'localhost:3000' : '' } = given;
  const headers = {
    ...(host !== '' && { host }),
    ...(authority !== undefined && { ':authority': authority, ':scheme': 'https' }),
    ...(origin !== undefined && { origin }),
  };
  try {
    assertHostAndOrigin(
      { headers, socket: { localAddress: at } as never },
      {
        allowedHosts: hosts,
        allowedOrigins: origins ?? [],
      },
    );
    return 'passes';
  } catch (error) {
    if (error instanceof McpHttpException && error.getStatus() === 400) return 'malformed';
    if (error instanceof McpHttpException) return error.message.split(' ')[1];
    throw error;
  }
}

const PUBLIC_ADDRESS = '10.0.0.5';

describe('assertHostAndOrigin', () => {
  it.each<[string, Case, string]>([
    ['localhost', { host: 'localhost:3000' }, 'passes'],
    ['localhost in capitals', { host: 'LOCALHOST' }, 'passes'],
    ['127.0.0.1', { host: '127.0.0.1:3000' }, 'passes'],
    ['IPv6 loopback', { at: '::1', host: '[::1]:3000' }, 'passes'],
    ['IPv4 loopback mapped to IPv6', { at: '::ffff:127.0.0.1', host: 'localhost' }, 'passes'],
    ['a name that was bound to loopback', { host: 'evil.test:3000' }, 'Host'],
    ['a name that begins like loopback', { host: 'localhost.evil.test' }, 'Host'],
    ['a name that ends like loopback', { host: 'evil-localhost' }, 'Host'],
    ['a rebound name on IPv6', { at: '::1', host: 'evil.test' }, 'Host'],
    ['no Host at all on loopback', { host: '' }, 'Host'],
    ['a Host that is no host', { host: 'a b' }, 'Host'],
    ['an allowed name on loopback', { host: 'mcp.test', hosts: ['mcp.test'] }, 'passes'],
    ['another name on loopback', { host: 'evil.test', hosts: ['mcp.test'] }, 'Host'],
    ['loopback beside an allow-list', { host: 'localhost', hosts: ['mcp.test'] }, 'passes'],
    ['any name on a public address', { at: PUBLIC_ADDRESS, host: 'mcp.test' }, 'passes'],
    [
      'an allowed name on a public address',
      { at: PUBLIC_ADDRESS, host: 'mcp.test:443', hosts: ['mcp.test'] },
      'passes',
    ],
    [
      'another name on a public address',
      { at: PUBLIC_ADDRESS, host: 'evil.test', hosts: ['mcp.test'] },
      'Host',
    ],
    [
      'loopback names on a public address',
      { at: PUBLIC_ADDRESS, host: 'localhost', hosts: ['mcp.test'] },
      'Host',
    ],
  ])('Host: %s', (_, given, expected) => {
    expect(verdict(given)).toBe(expected);
  });

  it.each<[string, Case, string]>([
    ['localhost', { authority: 'localhost:3000' }, 'passes'],
    ['a rebound name', { authority: 'evil.test' }, 'Host'],
    ['an allowed name', { authority: 'mcp.test', hosts: ['mcp.test'] }, 'passes'],
    ['another name', { at: PUBLIC_ADDRESS, authority: 'x.test', hosts: ['mcp.test'] }, 'Host'],
    ['the same Host', { authority: 'localhost', host: 'LOCALHOST:443' }, 'passes'],
    ['a rebound Host beside it', { authority: 'localhost', host: 'evil.test' }, 'malformed'],
    ['a rebound name beside Host', { authority: 'evil.test', host: 'localhost' }, 'malformed'],
    [
      'another Host on a public address',
      { at: PUBLIC_ADDRESS, authority: 'mcp.test', host: 'x.test' },
      'malformed',
    ],
    ['another port', { authority: 'localhost:1', host: 'localhost:2' }, 'malformed'],
    [
      'a local page',
      { at: PUBLIC_ADDRESS, authority: 'localhost', origin: 'http://localhost:5173' },
      'passes',
    ],
  ])(':authority of HTTP/2: %s', (_, given, expected) => {
    expect(verdict(given)).toBe(expected);
  });

  const remote = { at: PUBLIC_ADDRESS, host: 'mcp.test' };
  it.each<[string, Case, string]>([
    ['none', {}, 'passes'],
    ['a page of the same machine', { origin: 'http://localhost:5173' }, 'passes'],
    ['a page on IPv6 loopback', { origin: 'http://[::1]:5173' }, 'passes'],
    ['a foreign page', { origin: 'https://evil.test' }, 'Origin'],
    ['a page that looks local', { origin: 'http://localhost.evil.test' }, 'Origin'],
    ['a page with loopback as its user', { origin: 'http://localhost@evil.test' }, 'Origin'],
    ['an opaque origin', { origin: 'null' }, 'Origin'],
    [
      'an opaque origin that somebody allowed by name',
      { origin: 'null', origins: ['null'] },
      'Origin',
    ],
    ['an empty one', { origin: '' }, 'Origin'],
    ['one that is no URL', { origin: 'evil' }, 'Origin'],
    ['a file', { origin: 'file://' }, 'Origin'],
    ['a local page on a public server', { ...remote, origin: 'http://localhost:5173' }, 'Origin'],
    [
      'an allowed origin',
      { ...remote, origin: 'https://app.test', origins: ['https://app.test'] },
      'passes',
    ],
    [
      'its other scheme',
      { ...remote, origin: 'http://app.test', origins: ['https://app.test'] },
      'Origin',
    ],
    [
      'its other port',
      { ...remote, origin: 'https://app.test:8443', origins: ['https://app.test'] },
      'Origin',
    ],
    [
      'an origin beneath it',
      { ...remote, origin: 'https://x.app.test', origins: ['https://app.test'] },
      'Origin',
    ],
    [
      'an allowed name, any scheme and port',
      { ...remote, origin: 'http://app.test:1', origins: ['app.test'] },
      'passes',
    ],
    [
      'an extension that was allowed',
      { origin: 'chrome-extension://abc', origins: ['chrome-extension://abc'] },
      'passes',
    ],
    [
      'the page of the server itself, not allowed',
      { ...remote, origin: 'https://mcp.test' },
      'Origin',
    ],
    [
      'an allowed page through a rebound name',
      { host: 'evil.test', origin: 'https://app.test', origins: ['app.test'] },
      'Host',
    ],
  ])('Origin: %s', (_, given, expected) => {
    expect(verdict(given)).toBe(expected);
  });
});

describe('the endpoint', () => {
  let mcp: McpApp;
  beforeAll(async () => {
    mcp = await startMcpApp([ServedTools], { allowedOrigins: ['https://app.test'] });
  });
  afterAll(() => mcp.app.close());

  it.each([
    ['Host: evil.test', 403],
    ['Host: localhost', 200],
    ['Origin: https://evil.test', 403],
    ['Origin: null', 403],
    ['Origin: https://app.test', 200],
  ])('answers a call with %s with %i', async (header, status) => {
    const { lines, body } = rawCall('/mcp', 'hello', [header]);
    const response = await rawRequest(mcp.url, lines, body);
    expect(response.status).toBe(status);
    if (status === 403) {
      expect(JSON.parse(response.body)).toMatchObject({ jsonrpc: '2.0', error: { code: -32000 } });
      expect(response.body).not.toContain('evil');
    }
  });

  it.each(['GET', 'DELETE', 'PUT'])('checks %s as well', async (method) => {
    const headers = { origin: 'https://evil.test' };
    expect((await fetch(mcp.url, { method, headers })).status).toBe(403);
  });
});

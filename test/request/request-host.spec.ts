import { createServer, type IncomingMessage } from 'node:http';
import { connect, createServer as createHttp2Server, type Http2ServerRequest } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hostOf } from '../../src/request/request-host.js';
import { sendRaw } from '../support/raw-socket.js';

async function portOf(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** What `hostOf` reads from bytes on a connection. */
async function hostIn(target: string, lines: readonly string[], version = '1.1'): Promise<unknown> {
  let seen: unknown = 'no request';
  const server = createServer((request: IncomingMessage, response) => {
    seen = hostOf(request);
    response.end();
  });
  const port = await portOf(server);
  const head = [`GET ${target} HTTP/${version}`, ...lines, 'Connection: close', '', ''];
  await sendRaw(`http://127.0.0.1:${port}`, head.join('\r\n'));
  return seen;
}

describe('hostOf', () => {
  it('is the Host header, in lower case', async () => {
    expect(await hostIn('/mcp', ['Host: LocalHost:3000'])).toBe('localhost:3000');
    expect(await hostIn('/mcp', ['hOST: [::1]:3000'])).toBe('[::1]:3000');
    expect(hostOf({ raw: { headers: { host: 'a.example' }, url: '/' } })).toBe('a.example');
  });

  it.each([
    ['none', '/mcp', [], '1.0'],
    ['two', '/mcp', ['Host: a.example', 'Host: b.example'], '1.1'],
    ['the same twice', '/mcp', ['Host: a.example', 'host: a.example'], '1.1'],
    ['one beside an absolute target', 'http://b.example/mcp', ['Host: a.example'], '1.1'],
    ['one beside the same target', 'http://a.example/mcp', ['Host: a.example'], '1.1'],
    ['one of 301 characters', '/mcp', [`Host: ${'a'.repeat(301)}`], '1.1'],
  ])('is unknown with %s', async (_what, target, lines, version) => {
    expect(await hostIn(target, lines, version)).toBeOneOf([undefined, 'no request']);
  });

  it('is unknown for what is no HTTP request', () => {
    expect(hostOf({})).toBeUndefined();
    expect(hostOf({ headers: new Headers({ host: 'a.example' }), url: '/' })).toBeUndefined();
    expect(hostOf({ headers: { host: ['a.example'] }, url: '/' })).toBeUndefined();
  });

  it('reads the target as it was received, also where a framework rewrote it', () => {
    const request = {
      headers: { host: 'a.example' },
      url: '/x',
      originalUrl: 'http://b.example/x',
    };
    expect(hostOf(request)).toBeUndefined();
    expect(hostOf({ ...request, originalUrl: '/x' })).toBe('a.example');
  });

  it('is :authority on HTTP/2, unless Host says something else', async () => {
    const seen: unknown[] = [];
    const server = createHttp2Server((request: Http2ServerRequest, response) => {
      seen.push(hostOf(request));
      response.end();
    });
    const port = await portOf(server);
    const client = connect(`http://127.0.0.1:${port}`);
    const cases: Record<string, string>[] = [
      { ':authority': 'LOCALHOST:3000' },
      { ':authority': 'localhost:3000', host: 'localhost:3000' },
      { ':authority': 'localhost:3000', host: 'evil.example' },
    ];
    for (const headers of cases) {
      const stream = client.request({ ':path': '/', ...headers });
      stream.resume();
      await once(stream, 'close');
    }
    client.close();
    expect(seen).toEqual(['localhost:3000', 'localhost:3000', undefined]);
  });
});

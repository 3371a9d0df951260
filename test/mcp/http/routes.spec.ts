import { Controller, Get, VersioningType } from '@nestjs/common';
import type { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, mcpApp, rpc, startMcpApp, type McpApp } from '../fixtures.js';
import { ADAPTERS, createAdapter } from '../../support/adapters.js';
import { openSession } from '../server/session-client.js';
import { ServedTools } from '../server/tools.js';
import { rawCall, rawRequest } from './raw-request.js';

/** Ways to write the path, or nearly the path, of the endpoint. */
const SPELLINGS = String.raw`
  /mcp /MCP /Mcp //mcp ///mcp /mcp/ /mcp// /mcp/. /./mcp /x/../mcp
  /%6dcp /%4dCP /m%63p /mcp%2f /mcp%2F /%2fmcp /mcp%20 /mcp%00 /mcp%3f
  /mcp;x /mcp;x=1 /mcp?x /mcp?x=/health /mcp#x /mcp. /mcp.. /mcp%2e
  /mcp%252f /%256dcp /mcp\ /mcp/x /mcp.json /mcp, /mcp: /mcp@x *
`
  .trim()
  .split(/\s+/);

const adapters: [string, () => FastifyAdapter | ExpressAdapter][] = [
  ['as they come', () => new FastifyAdapter()],
  [
    'loosened',
    () =>
      new FastifyAdapter({
        routerOptions: {
          ignoreTrailingSlash: true,
          ignoreDuplicateSlashes: true,
          caseSensitive: false,
          // Known to the router of Fastify, not to its types.
          ...({ useSemicolonDelimiter: true } as object),
        },
      }),
  ],
  ['of Express', () => createAdapter('express')],
];

describe.each(adapters)('with router options %s', (options, adapter) => {
  let mcp: McpApp;
  beforeAll(async () => {
    mcp = await startMcpApp([ServedTools], { adapter: adapter() });
  });
  afterAll(() => mcp.app.close());

  it.each(SPELLINGS)(
    'the spelling %s reaches no protected tool unauthenticated',
    async (target) => {
      const { lines, body } = rawCall(target, 'about');
      const response = await rawRequest(mcp.url, lines, body);
      expect([400, 401, 404]).toContain(response.status);
      expect(response.body).not.toContain('protocolVersion');
      if (response.status === 401) expect(response.head).toMatch(/www-authenticate: Bearer/i);
    },
  );

  it('the endpoint is there for those who sign in', async () => {
    expect((await call(mcp.url, 'hello')).text).toBe('hello user_alice');
    expect(
      (await call(mcp.url.toUpperCase().replace('HTTP', 'http'), 'hello').catch(() => null))
        ?.status ?? 404,
    ).toBe(options === 'as they come' ? 404 : 200);
  });
});

describe('the endpoint', () => {
  @Controller()
  class Health {
    @Get('health')
    health() {
      return 'ok';
    }
  }
  const metadata = { controllers: [Health] };

  it('is below a global prefix', async () => {
    const { url } = await mcpApp([ServedTools], {
      configure: (app) => app.setGlobalPrefix('api/v1'),
    });
    const prefixed = url.replace('/mcp', '/api/v1/mcp');
    expect((await call(prefixed, 'hello')).text).toBe('hello user_alice');
    expect((await call(prefixed, 'about', {}, { as: '' })).status).toBe(401);
    expect((await rpc(url, 'tools/list')).status).toBe(404);
  });

  it.each([
    { type: VersioningType.URI, defaultVersion: '1' },
    { type: VersioningType.HEADER, header: 'x-version', defaultVersion: '1' },
    { type: VersioningType.MEDIA_TYPE, key: 'v=', defaultVersion: '1' },
  ] as const)('is neutral to versioning of type $type', async (versioning) => {
    const { url } = await mcpApp([ServedTools], {
      metadata,
      configure: (app) => app.enableVersioning(versioning),
    });
    expect((await call(url, 'hello')).text).toBe('hello user_alice');
    expect((await call(url, 'about', {}, { as: '' })).status).toBe(401);
  });

  describe.each(ADAPTERS)('on %s, at its path with a slash at the end', (name) => {
    it('is the same endpoint, with the same guards and limits', async () => {
      const { url } = await mcpApp([ServedTools], {
        adapter: createAdapter(name, 2_000),
        limits: { nesting: 20 },
      });
      const slashed = `${url}/`;
      expect((await call(slashed, 'hello')).text).toBe('hello user_alice');
      expect((await call(slashed, 'about', {}, { as: '' })).status).toBe(401);
      expect((await call(slashed, 'hello', {}, { as: 'bad' })).status).toBe(401);
      const headers = { 'content-type': 'application/json' };
      const nested = '['.repeat(30) + ']'.repeat(30);
      for (const [status, body, more] of [
        [400, nested, {}],
        [413, JSON.stringify({ long: 'x'.repeat(3_000) }), {}],
        [400, '{', {}],
        [415, 'x', { 'content-type': 'text/plain' }],
        [403, '{}', { origin: 'https://evil.test' }],
      ] as const) {
        const sent = { method: 'POST', headers: { ...headers, ...more }, body };
        const [there, here] = [await fetch(slashed, sent), await fetch(url, sent)];
        expect([there.status, await there.text()]).toEqual([status, await here.text()]);
      }
      for (const method of ['GET', 'DELETE', 'PUT', 'PATCH', 'HEAD', 'OPTIONS']) {
        const [there, here] = [await fetch(slashed, { method }), await fetch(url, { method })];
        expect([method, there.status]).toEqual([method, here.status]);
      }
    });

    it('serves the sessions of the endpoint', async () => {
      const { url } = await mcpApp([ServedTools], { adapter: createAdapter(name) });
      const session = await openSession(`${url}/`, 'alice');
      const headers = { 'mcp-session-id': session.id };
      const answer = await rpc(url, 'ping', {}, { era: 'legacy', as: 'alice', headers });
      expect(await answer.text()).toContain('"result":{}');
      expect((await session.delete('alice')).status).toBe(200);
    });
  });

  it.each(['/tools/mcp/', 'tools/mcp', '//tools/mcp'])('may be at the path %s', async (path) => {
    const { url } = await mcpApp([ServedTools], { path });
    expect((await call(url.replace('/mcp', '/tools/mcp'), 'hello')).text).toBe('hello user_alice');
    expect((await rpc(url, 'tools/list')).status).toBe(404);
  });

  it('leaves the other routes of the application alone', async () => {
    const { url } = await mcpApp([ServedTools], { metadata });
    const health = url.replace('/mcp', '/health');
    expect(await (await fetch(health, { headers: { origin: 'https://evil.test' } })).text()).toBe(
      'ok',
    );
    const broken = await fetch(health, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{',
    });
    expect(await broken.json()).not.toHaveProperty('jsonrpc');
  });

  it('keeps the CORS headers of the application, also on a stream', async () => {
    const { url } = await mcpApp([ServedTools], {
      allowedOrigins: ['https://app.test'],
      configure: (app) =>
        app.enableCors({ origin: 'https://app.test', exposedHeaders: ['mcp-session-id'] }),
    });
    const headers = { origin: 'https://app.test' };
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'x', version: '1' },
    };
    for (const response of [
      await rpc(url, 'tools/call', { name: 'hello', arguments: {} }, { headers }),
      await rpc(url, 'tools/call', { name: 'about', arguments: {} }, { headers }),
      await rpc(url, 'initialize', params, { headers, era: 'legacy' }),
    ]) {
      expect(response.headers.get('access-control-allow-origin')).toBe('https://app.test');
      expect(response.headers.get('access-control-expose-headers')).toMatch(/^mcp-session-id, /);
    }
    const preflight = await fetch(url, {
      method: 'OPTIONS',
      headers: { ...headers, 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(204);
  });
});

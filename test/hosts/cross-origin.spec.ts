import { createRequire } from 'node:module';
import fastifyCors from '@fastify/cors';
import { Injectable, VersioningType, type INestApplication } from '@nestjs/common';
import { array, assert, asyncProperty, constantFrom, oneof, stringMatching } from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RequireScopes } from '../../src/access/access.decorators.js';
import { ClerkAuthGuard } from '../../src/clerk/http/clerk-auth.guard.js';
import { ClerkAuthModule } from '../../src/clerk/clerk-auth.module.js';
import { LimitsModule, PrincipalThrottlerGuard } from '../../src/index.js';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';
import { McpModule } from '../../src/mcp/mcp.module.js';
import { REQUEST_HEADERS } from '../../src/request/cross-origin.js';
import { FakeClerk, VERIFY_PATH } from '../clerk/support/fake-clerk.js';
import { ADAPTERS, type AdapterName } from '../support/adapters.js';
import { ENVELOPE, modernHeaders } from '../support/mcp-request.js';
import { clerkHost } from './clerk-host.js';

const expressCors = createRequire(import.meta.url)('cors');

const APP = 'https://app.test';
const FOREIGN = 'https://evil.test';
const DOCUMENTS = [
  '/.well-known/oauth-protected-resource',
  '/.well-known/oauth-protected-resource/mcp',
  '/.well-known/oauth-authorization-server',
];

/** CORS settings of applications. The last one answers 500 to origins that it does not know. */
const SETTINGS: readonly [string, (app: INestApplication, adapter: AdapterName) => unknown][] = [
  ['none', () => undefined],
  ['those of enableCors()', (app) => app.enableCors()],
  [
    'narrow ones',
    (app) =>
      app.enableCors({
        origin: 'https://other.test',
        methods: ['PUT'],
        allowedHeaders: ['X-Tenant'],
        exposedHeaders: ['X-Request-Id'],
        maxAge: 86_400,
      }),
  ],
  ['those for everybody', (app) => app.enableCors({ origin: true, credentials: true })],
  [
    'a plugin or middleware of the framework',
    (app, adapter) =>
      adapter === 'express'
        ? app.use(expressCors({ origin: 'https://other.test', optionsSuccessStatus: 200 }))
        : app.getHttpAdapter().getInstance().register(fastifyCors, { origin: false }),
  ],
  [
    'a function that fails',
    (app) =>
      app.enableCors({
        origin: (origin: string | undefined, done: (error: Error | null, ok?: boolean) => void) =>
          origin === undefined || origin === APP ? done(null, true) : done(new Error('unknown')),
      }),
  ],
];

let clerk: FakeClerk;
beforeAll(async () => {
  clerk = await FakeClerk.start();
});
afterAll(() => clerk.close());

@Injectable()
class ScopedTool {
  @McpTool({ description: 'Needs a scope' })
  @RequireScopes('notes:read')
  scoped() {
    return 'scoped';
  }
}

const modules = () => [
  ClerkAuthModule.forRoot(clerk.options()),
  McpModule.forRoot({
    name: 'host',
    version: '1.0.0',
    guards: [ClerkAuthGuard],
    allowedOrigins: [APP],
  }),
];

const preflight = (url: string, origin: string, asked: string, method = 'POST') =>
  fetch(url, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      'access-control-request-headers': asked,
    },
  });

const namesIn = (response: Response, header: string) =>
  (response.headers.get(header) ?? '').toLowerCase().split(/\s*,\s*/);

const ASKED = [...REQUEST_HEADERS, 'Mcp-Param-Region'].map((name) => name.toLowerCase());

describe.each(ADAPTERS)('on %s', (adapter) => {
  describe.each(SETTINGS)('with CORS settings of the application: %s', (settings, configure) => {
    const start = () =>
      clerkHost(adapter, clerk, { ours: modules(), configure: (app) => configure(app, adapter) });

    it('the endpoint is open to its pages, and to no other', async () => {
      const { origin } = await start();
      for (const path of ['/mcp', '/mcp/']) {
        const url = `${origin}${path}`;
        const asked = await preflight(url, APP, ASKED.join(','));
        expect(asked.status).toBe(204);
        expect(asked.headers.get('access-control-allow-origin')).toBe(APP);
        expect(asked.headers.get('access-control-allow-methods')).toBe('GET, POST, DELETE');
        expect(asked.headers.get('access-control-max-age')).toBe('600');
        expect(namesIn(asked, 'vary')).toContain('origin');
        expect(namesIn(asked, 'access-control-allow-headers')).toEqual(
          expect.arrayContaining(ASKED),
        );
        expect(await asked.text()).toBe('');

        const foreign = await preflight(url, FOREIGN, 'content-type');
        expect(foreign.status).toBe(403);
        expect(corsHeaders(foreign)).toEqual([]);
      }
    });

    it('every answer of the endpoint can be read by its pages', async () => {
      const { origin } = await start();
      const post = (headers: Record<string, string>, body: string) =>
        fetch(`${origin}/mcp`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body,
        });
      const list = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} });
      const refused = { origin: APP, authorization: 'Bearer x' };
      for (const [status, response] of [
        [200, await post({ origin: APP }, list)],
        [401, await post(refused, list)],
        [400, await post({ origin: APP }, '{')],
        [415, await post({ origin: APP, 'content-type': 'text/plain' }, 'x')],
        [405, await fetch(`${origin}/mcp`, { method: 'PUT', headers: { origin: APP } })],
      ] as const) {
        const allowed = response.headers.get('access-control-allow-origin');
        expect([response.status, allowed]).toEqual([status, APP]);
        expect(namesIn(response, 'access-control-expose-headers')).toEqual(
          expect.arrayContaining(['www-authenticate', 'mcp-session-id', 'retry-after']),
        );
      }
      const foreign = await post({ origin: FOREIGN }, list);
      // The application itself refuses where its function fails.
      expect([403, 500]).toContain(foreign.status);
      expect(corsHeaders(foreign)).toEqual([]);
    });

    it.each(DOCUMENTS)('every page may read %s', async (path) => {
      const { origin } = await start();
      for (const url of [`${origin}${path}`, `${origin}${path}/`]) {
        const asked = await preflight(url, FOREIGN, 'mcp-protocol-version,traceparent', 'GET');
        expect(asked.status).toBe(204);
        expect(asked.headers.get('access-control-allow-origin')).toBe('*');
        expect(asked.headers.get('access-control-allow-credentials')).toBeNull();
        expect(asked.headers.get('access-control-allow-methods')).toContain('GET');
        expect(namesIn(asked, 'access-control-allow-headers')).toEqual(
          expect.arrayContaining(['mcp-protocol-version', 'traceparent']),
        );
        const read = await fetch(url, { headers: { origin: FOREIGN } });
        expect(read.headers.get('access-control-allow-origin')).toBe('*');
        if (settings !== 'a function that fails' || adapter === 'express') {
          expect([200, 503]).toContain(read.status);
        }
      }
    });

    it('a plain OPTIONS request is told the methods', async () => {
      const { origin } = await start();
      const endpoint = await fetch(`${origin}/mcp`, { method: 'OPTIONS' });
      expect(endpoint.status).toBe(204);
      expect(endpoint.headers.get('allow')).toBe('GET, POST, DELETE, OPTIONS');
      const document = await fetch(`${origin}${DOCUMENTS[0]}`, { method: 'OPTIONS' });
      expect(document.status).toBe(204);
      expect(document.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
    });
  });

  it('headers that the application allows and exposes are kept', async () => {
    const { origin } = await clerkHost(adapter, clerk, {
      ours: modules(),
      configure: (app) =>
        app.enableCors({ allowedHeaders: ['X-Tenant'], exposedHeaders: ['X-Id'], maxAge: 5 }),
    });
    const asked = await preflight(`${origin}/mcp`, APP, 'x-tenant');
    expect(namesIn(asked, 'access-control-allow-headers')).toContain('x-tenant');
    expect(asked.headers.get('access-control-max-age')).toBe('5');
    const read = await fetch(`${origin}/mcp`, { headers: { origin: APP } });
    expect(namesIn(read, 'access-control-expose-headers')).toContain('x-id');
  });

  it.each([
    { type: VersioningType.URI, defaultVersion: '1' },
    { type: VersioningType.HEADER, header: 'x-version', defaultVersion: '1' },
  ] as const)('below a global prefix with versioning of type $type', async (versioning) => {
    const { origin } = await clerkHost(adapter, clerk, {
      ours: modules(),
      configure: (app) => app.setGlobalPrefix('api').enableVersioning(versioning),
    });
    expect((await preflight(`${origin}/api/mcp/`, APP, 'accept')).status).toBe(204);
    for (const path of DOCUMENTS.flatMap((one) => [one, `/api${one}`])) {
      if (path.endsWith('/mcp')) continue;
      const asked = await preflight(`${origin}${path}`, FOREIGN, 'mcp-protocol-version', 'GET');
      expect(asked.headers.get('access-control-allow-origin')).toBe('*');
    }
  });

  it('other routes keep the settings of the application', async () => {
    const { origin } = await clerkHost(adapter, clerk, { ours: modules() });
    const asked = await preflight(`${origin}/elsewhere`, APP, 'accept');
    expect(corsHeaders(asked)).toEqual([]);
  });

  it('refusals can be read by its pages, and not by others', async () => {
    const { origin } = await clerkHost(adapter, clerk, {
      ours: [
        ClerkAuthModule.forRoot({ ...clerk.options(), limits: { failuresPerAddress: 1 } }),
        LimitsModule.forRoot({ principal: { limit: 1, ttlMs: 600_000 } }),
        McpModule.forRoot({
          name: 'host',
          version: '1.0.0',
          guards: [ClerkAuthGuard, PrincipalThrottlerGuard],
          allowedOrigins: [APP],
        }),
      ],
      providers: [ScopedTool],
    });
    const call = (page: string, token: string, path = '/mcp') => {
      const params = { name: 'scoped', arguments: {}, _meta: ENVELOPE };
      return fetch(`${origin}${path}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          origin: page,
          authorization: `Bearer ${token}`,
          ...modernHeaders('tools/call', params),
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
      });
    };
    // Clerk is away for this one.
    clerk.on(VERIFY_PATH, () => ({ status: 500 }));
    const token = await clerk.oauthToken();
    const seen = [
      [403, await call(APP, token), 'www-authenticate'],
      [429, await call(APP, token, '/mcp/'), 'retry-after'],
      [503, await call(APP, 'oat_unknown'), 'retry-after'],
      [401, await call(APP, 'bad'), 'www-authenticate'],
      [429, await call(APP, 'bad', '/mcp/'), 'retry-after'],
    ] as const;
    for (const [status, response, header] of seen) {
      const allowed = response.headers.get('access-control-allow-origin');
      expect([response.status, allowed]).toEqual([status, APP]);
      expect(namesIn(response, 'vary')).toContain('origin');
      expect(response.headers.get(header)).not.toBeNull();
      expect(namesIn(response, 'access-control-expose-headers')).toContain(header);
    }
    const foreign = await call(FOREIGN, token);
    expect([foreign.status, corsHeaders(foreign)]).toEqual([403, []]);
  });

  it('only headers of arguments are named as they are asked for, and not too many', async () => {
    const { origin } = await clerkHost(adapter, clerk, { ours: modules() });
    const token = stringMatching(/^[\w!#$%&'*+.^`|~-]{1,40}$/);
    const name = oneof(
      token,
      token.map((one) => `Mcp-Param-${one}`),
      constantFrom(...REQUEST_HEADERS),
    );
    const known = new Set(REQUEST_HEADERS.map((one) => one.toLowerCase()));
    await assert(
      asyncProperty(array(name, { maxLength: 60 }), async (asked) => {
        const response = await preflight(`${origin}/mcp`, APP, asked.join(', '));
        const allowed = namesIn(response, 'access-control-allow-headers');
        const wanted = asked
          .map((one) => one.toLowerCase())
          .filter((one) => known.has(one) || one.startsWith('mcp-param-'));
        expect(new Set(allowed)).toEqual(new Set([...known, ...wanted]));
      }),
      { numRuns: 30 },
    );
    const many = Array.from({ length: 300 }, (_, at) => `mcp-param-p${at}`).join(',');
    const response = await preflight(`${origin}/mcp`, APP, many);
    expect(namesIn(response, 'access-control-allow-headers')).toHaveLength(known.size + 100);
  });
});

function corsHeaders(response: Response): readonly string[] {
  return [...response.headers.keys()].filter((name) => name.startsWith('access-control-'));
}

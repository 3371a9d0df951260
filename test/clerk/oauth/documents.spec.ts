import { Controller, Get, VersioningType } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClerkAuthGuard } from '../../../src/clerk/http/clerk-auth.guard.js';
import { ClerkAuthModule } from '../../../src/clerk/clerk-auth.module.js';
import type { ClerkAuthOptions } from '../../../src/clerk/clerk-auth.options.js';
import { createClerkApp } from '../support/clerk-app.js';
import { catchErrorLog } from '../support/error-log.js';
import { FakeClerk, type FakeAnswer } from '../support/fake-clerk.js';
import { eventually } from '../../support/within.js';

const RESOURCE_PATH = '/.well-known/oauth-protected-resource';
const SERVER_PATH = '/.well-known/oauth-authorization-server';

@Controller('any')
class AnyController {
  @Get()
  all() {
    return [];
  }
}

catchErrorLog();
let clerk: FakeClerk;
let app: NestFastifyApplication | undefined;
beforeAll(async () => {
  clerk = await FakeClerk.start();
});
afterAll(() => clerk.close());
beforeEach(() => {
  clerk.reset();
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await app?.close();
});

const start = async (options: Partial<ClerkAuthOptions> = {}) => {
  const started = await createClerkApp(clerk.options(options), {
    providers: [{ provide: APP_GUARD, useExisting: ClerkAuthGuard }],
    controllers: [AnyController],
  });
  app = started;
  return (url: string, headers: Record<string, string> = {}) => started.inject({ url, headers });
};

describe('the protected resource metadata', () => {
  it('is the same at the root and at the place for the path', async () => {
    const get = await start({ docsURL: 'https://docs.example.com', resourceName: 'Notes' });
    for (const url of [RESOURCE_PATH, `${RESOURCE_PATH}/mcp`, `${RESOURCE_PATH}/mcp?x=1`]) {
      const response = await get(url);
      expect(response.statusCode).toBe(200);
      expect(response.headers).toMatchObject({
        'access-control-allow-origin': '*',
        'cache-control': 'public, max-age=300',
      });
      expect(response.json()).toEqual({
        resource: 'https://mcp.example.com/mcp',
        authorization_servers: [clerk.url],
        bearer_methods_supported: ['header'],
        scopes_supported: ['profile', 'email'],
        resource_name: 'Notes',
        resource_documentation: 'https://docs.example.com',
      });
    }
  });

  it('never depends on the Host header', async () => {
    const get = await start();
    const headers = { host: 'evil.example.com', 'x-forwarded-host': 'evil.example.com' };
    expect((await get(RESOURCE_PATH, headers)).body).not.toContain('evil');
  });

  it('leaves out what is not configured, and other paths', async () => {
    const get = await start();
    expect((await get(RESOURCE_PATH)).json()).not.toHaveProperty('resource_documentation');
    expect((await get(`${RESOURCE_PATH}/other`)).statusCode).toBe(404);
    expect((await get(`${RESOURCE_PATH}/mcp/deeper`)).statusCode).toBe(404);
  });

  it('has the path of the base URL in its place', async () => {
    const get = await start({ baseURL: 'https://example.com/base' });
    expect((await get(`${RESOURCE_PATH}/base/mcp`)).json()).toMatchObject({
      resource: 'https://example.com/base/mcp',
    });
  });

  it('is there whatever the version of the API, with asynchronous options', async () => {
    const module = await Test.createTestingModule({
      imports: [ClerkAuthModule.forRootAsync({ useFactory: () => clerk.options() })],
    }).compile();
    app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
    app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
    await app.init();
    expect((await app.inject({ url: `${RESOURCE_PATH}/mcp` })).statusCode).toBe(200);
  });
});

describe('the authorization server metadata', () => {
  const document = () => ({
    issuer: clerk.url,
    token_endpoint: `${clerk.url}/oauth/token`,
    registration_endpoint: `${clerk.url}/oauth/register`,
  });
  const serve = (answer: FakeAnswer) => clerk.on(SERVER_PATH, () => answer);

  it('is a copy of the document of Clerk, registration included, fetched once', async () => {
    serve({ json: document() });
    const get = await start();
    const responses = await Promise.all(Array.from({ length: 20 }, () => get(SERVER_PATH)));
    for (const response of responses) expect(response.json()).toEqual(document());
    expect(responses[0]?.headers['access-control-allow-origin']).toBe('*');
    expect(clerk.count(SERVER_PATH)).toBe(1);
  });

  it('is renewed after five minutes, and stays when Clerk is down', async () => {
    serve({ json: document() });
    const get = await start();
    await get(SERVER_PATH);
    serve({ status: 500 });
    vi.setSystemTime(Date.now() + 301_000);
    expect((await get(SERVER_PATH)).json()).toEqual(document());
    serve({ json: { ...document(), renewed: true } });
    vi.setSystemTime(Date.now() + 3_000);
    await get(SERVER_PATH);
    await eventually(async () =>
      expect((await get(SERVER_PATH)).json()).toHaveProperty('renewed', true),
    );
  });

  it('is asked for when the application starts, and gives challenges a refresh token', async () => {
    serve({ json: { ...document(), scopes_supported: ['profile', 'offline_access'] } });
    const get = await start();
    await eventually(async () =>
      expect((await get('/any')).headers['www-authenticate']).toMatch(
        /scope="profile email offline_access"$/,
      ),
    );
    expect((await get(RESOURCE_PATH)).json()).toMatchObject({
      scopes_supported: ['profile', 'email'],
    });
    expect(clerk.count(SERVER_PATH)).toBe(1);
    serve({ json: { ...document(), scopes_supported: ['profile'] } });
    vi.setSystemTime(Date.now() + 301_000);
    await eventually(async () =>
      expect((await get('/any')).headers['www-authenticate']).toMatch(/scope="profile email"$/),
    );
    expect(clerk.count(SERVER_PATH)).toBe(2);
  });

  it.each<[string, FakeAnswer]>([
    ['is down', { status: 500 }],
    ['hangs', { hangs: true }],
  ])('does not hold up a start while Clerk %s, and is asked for again', async (_, answer) => {
    serve(answer);
    const get = await start({ limits: { timeoutMs: 500, failureCoolDownMs: 0 } });
    const challenge = async () => (await get('/any')).headers['www-authenticate'];
    expect(await challenge()).toMatch(/scope="profile email"$/);
    serve({ json: { ...document(), scopes_supported: ['offline_access'] } });
    await eventually(async () => expect(await challenge()).toMatch(/offline_access"$/));
  });

  it('is a 503 when the document is larger than 64 KiB', async () => {
    serve({ json: { ...document(), padding: 'x'.repeat(70_000) } });
    const get = await start();
    expect((await get(SERVER_PATH)).statusCode).toBe(503);
  });

  it('passes on no URL that a client should not open', async () => {
    serve({
      json: {
        ...document(),
        authorization_endpoint: 'javascript:alert(1)',
        jwks_uri: 'file:///etc/passwd',
        service_documentation: 'http://evil.example.com',
        mtls_endpoint_aliases: { token_endpoint: 'http://169.254.169.254/latest' },
        scopes_supported: ['profile', 'user:org:read'],
      },
    });
    const get = await start();
    expect((await get(SERVER_PATH)).json()).toEqual({
      ...document(),
      mtls_endpoint_aliases: {},
      scopes_supported: ['profile', 'user:org:read'],
    });
  });

  it.each<[string, FakeAnswer]>([
    ['Clerk is down', { status: 500, headers: { 'retry-after': '9' } }],
    ['Clerk hangs', { hangs: true }],
    ['it is no object', { json: ['issuer'] }],
    ['it names another issuer', { json: { issuer: 'https://clerk.evil.example.com' } }],
  ])('is a 503 with a pause when %s', async (_, answer) => {
    serve(answer);
    const get = await start({ limits: { timeoutMs: 1_000 } });
    const response = await get(SERVER_PATH);
    expect(response.statusCode).toBe(503);
    expect(response.headers['retry-after']).toBe(answer.status ? '9' : '5');
    expect(response.headers['cache-control']).toBe('no-store');
    expect(response.body).not.toContain('evil');
  });
});

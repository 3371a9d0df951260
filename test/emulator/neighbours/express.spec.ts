import { clerkClient, clerkMiddleware, type ClerkMiddlewareOptions, getAuth } from '@clerk/express';
import express from 'express';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../../../src/emulator/index.js';
import { callersOf } from './callers.js';
import { getJson, seenCaller, serve, type Served } from './served.js';

describe('@clerk/express with the emulator', () => {
  let clerk: ClerkEmulator;
  const served: Served[] = [];
  const app = async (options: ClerkMiddlewareOptions = {}): Promise<string> => {
    const { url: apiUrl, publishableKey, secretKey } = clerk;
    const server = express();
    server.use(clerkMiddleware({ apiUrl, publishableKey, secretKey, ...options }));
    server.get('/', (request, response) => {
      response.json(seenCaller(getAuth(request, { acceptsToken: 'any' })));
    });
    const one = await serve(server);
    served.push(one);
    return one.url;
  };

  beforeAll(async () => {
    clerk = await startClerkEmulator();
  });
  beforeEach(() => {
    vi.stubEnv('CLERK_TELEMETRY_DISABLED', '1');
  });
  afterEach(() => vi.unstubAllEnvs());
  afterAll(async () => {
    await Promise.all(served.map((one) => one.close()));
    await clerk.close();
  });

  it('knows a caller by each kind of credential', async () => {
    const url = await app();
    for (const [kind, { credential, seen }] of Object.entries(await callersOf(clerk))) {
      const headers = { authorization: `Bearer ${credential}` };
      expect([kind, await getJson(url, headers)]).toEqual([kind, seen]);
    }
  });

  it('knows nobody without a credential, and by a foreign one', async () => {
    const url = await app();
    const nobody = { isAuthenticated: false, id: null };
    expect(await getJson(url)).toMatchObject(nobody);
    const headers = { authorization: 'Bearer oat_unknown' };
    expect(await getJson(url, headers)).toMatchObject(nobody);
  });

  it('knows a browser by its cookies', async () => {
    const url = await app();
    const { id } = clerk.users.get('ada@example.com');
    const token = await clerk.issue.sessionToken({ user: id });
    const seconds = Math.floor(Date.now() / 1000) - 5;
    const cookie = `__session=${token}; __client_uat=${seconds}; __clerk_db_jwt=browser`;
    expect(await getJson(url, { cookie })).toMatchObject({ isAuthenticated: true, id });
  });

  it('takes the keys and the URL from the environment, for its client as well', async () => {
    vi.stubEnv('CLERK_API_URL', clerk.url);
    vi.stubEnv('CLERK_SECRET_KEY', clerk.secretKey);
    vi.stubEnv('CLERK_PUBLISHABLE_KEY', clerk.publishableKey);
    const user = await clerkClient.users.getUser(clerk.users.get('ada@example.com').id);
    expect(user.firstName).toBe('Ada');
  });

  // docs/emulator.md lists it: the handshake is https in the SDK.
  it('sends a browser without cookies to a handshake over https', async () => {
    const response = await fetch(await app(), {
      headers: { accept: 'text/html', 'sec-fetch-dest': 'document' },
      redirect: 'manual',
    });
    const { host } = new URL(clerk.url);
    expect(response.status).toBe(307);
    expect(response.headers.get('location')).toMatch(`https://${host}/v1/client/handshake?`);
  });

  it('proxies the Frontend API with CLERK_FAPI_URL', async () => {
    vi.stubEnv('CLERK_FAPI_URL', clerk.url);
    const url = await app({ frontendApiProxy: { enabled: true } });
    const keys = await getJson(`${url}/__clerk/.well-known/jwks.json`);
    expect(keys).toEqual(await getJson(`${clerk.url}/.well-known/jwks.json`));
  });

  it('sends a browser to a handshake at the proxy', async () => {
    const url = await app({ proxyUrl: 'http://127.0.0.1:9/__clerk' });
    const response = await fetch(url, {
      headers: { accept: 'text/html', 'sec-fetch-dest': 'document' },
      redirect: 'manual',
    });
    expect(response.headers.get('location')).toMatch(
      'http://127.0.0.1:9/__clerk/v1/client/handshake?',
    );
  });
});

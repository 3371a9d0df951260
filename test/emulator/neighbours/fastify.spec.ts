import { clerkPlugin, getAuth } from '@clerk/fastify';
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../../../src/emulator/index.js';
import { callersOf } from './callers.js';
import { seenCaller } from './served.js';

describe('@clerk/fastify with the emulator', () => {
  let clerk: ClerkEmulator;
  let app: FastifyInstance;

  beforeAll(async () => {
    clerk = await startClerkEmulator();
    app = await startApp();
  });
  afterAll(async () => {
    await app.close();
    await clerk.close();
  });

  it('knows a caller by each kind of credential', async () => {
    for (const [kind, { credential, seen }] of Object.entries(await callersOf(clerk))) {
      const headers = { authorization: `Bearer ${credential}` };
      const response = await app.inject({ url: '/', headers });
      expect([kind, response.json()]).toEqual([kind, seen]);
    }
  });

  it('knows nobody without a credential, and by a foreign one', async () => {
    const nobody = { isAuthenticated: false, id: null };
    expect((await app.inject('/')).json()).toMatchObject(nobody);
    const headers = { authorization: 'Bearer oat_unknown' };
    expect((await app.inject({ url: '/', headers })).json()).toMatchObject(nobody);
  });

  it('gives routes a client of the same instance', async () => {
    expect((await app.inject('/users')).json()).toEqual({ total: 3 });
  });

  // docs/emulator.md lists it: the handshake is https in the SDK.
  it('sends a browser without cookies to a handshake over https', async () => {
    const headers = { accept: 'text/html', 'sec-fetch-dest': 'document' };
    const response = await app.inject({ url: '/', headers });
    expect(response.statusCode).toBe(307);
    expect(response.headers.location).toMatch(
      `https://${new URL(clerk.url).host}/v1/client/handshake?`,
    );
  });

  async function startApp(): Promise<FastifyInstance> {
    const { url: apiUrl, publishableKey, secretKey } = clerk;
    const instance = fastify();
    await instance.register(clerkPlugin, {
      apiUrl,
      publishableKey,
      secretKey,
      telemetry: { disabled: true },
    });
    instance.get('/', (request) => seenCaller(getAuth(request, { acceptsToken: 'any' })));
    instance.get('/users', (request) =>
      request.clerk.users.getCount().then((total) => ({ total })),
    );
    return instance;
  }
});

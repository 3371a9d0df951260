import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demandDeclaration } from '../../src/emulator/backend-api/request-input.js';
import { type ClerkEmulator, startClerkEmulator } from '../../src/emulator/index.js';

describe('What the emulator does not have', () => {
  const routes: { readonly method: string; readonly url: string }[] = [];
  let emulator: ClerkEmulator;

  beforeAll(async () => {
    const onServer = (message: unknown): void => {
      const server = (message as { readonly fastify: FastifyInstance }).fastify;
      server.addHook('onRoute', ({ method, url }) => {
        for (const one of [method].flat()) routes.push({ method: one, url });
      });
    };
    subscribe('fastify.initialization', onServer);
    emulator = await startClerkEmulator();
    unsubscribe('fastify.initialization', onServer);
  });
  afterAll(() => emulator.close());

  /** Routes of the Backend API: those that refuse a request without the secret key. */
  const backendRoutes = async (): Promise<typeof routes> => {
    const found: typeof routes = [];
    for (const route of routes) {
      if (route.method === 'OPTIONS' || route.method === 'HEAD' || route.url.endsWith('*'))
        continue;
      const { status, code } = await call(route.method, route.url, { key: 'sk_test_wrong' });
      if (status === 401 && code === 'clerk_key_invalid') found.push(route);
    }
    return found;
  };

  const call = async (
    method: string,
    path: string,
    { key = emulator.secretKey }: { readonly key?: string } = {},
  ): Promise<{ status: number; code: string; message: string }> => {
    const response = await fetch(emulator.url + path.replace(/:\w+/g, 'unknown'), {
      method,
      headers: { authorization: `Bearer ${key}` },
      redirect: 'manual',
    });
    const text = await response.text();
    const isClerks = text.startsWith('{"errors":');
    const [error] = isClerks
      ? (JSON.parse(text) as { errors: { code: string; long_message: string }[] }).errors
      : [];
    return { status: response.status, code: error?.code ?? '', message: error?.long_message ?? '' };
  };

  it('is answered with 501 for an unknown query parameter, on every route', async () => {
    const all = await backendRoutes();
    expect(all.length).toBeGreaterThan(25);
    for (const { method, url } of all) {
      const answer = await call(method, `${url}?colour_of_hair=red`);
      expect({ method, url, ...answer }).toMatchObject({
        status: 501,
        code: 'emulator_unsupported_parameter',
      });
      expect(answer.message).toContain('"colour_of_hair"');
      const path = url.replace(/^\/v1/, '').replace(/:\w+/g, 'unknown');
      expect(answer.message).toContain(`${method} https://api.clerk.com/v1${path},`);
    }
  });

  it.each([
    ['GET', '/v1/waitlist_entries', 'waitlist_entries'],
    ['POST', '/v1/waitlist_entries/bulk', 'waitlist_entries/bulk'],
    ['DELETE', '/v1/blocklist_identifiers/id', 'blocklist_identifiers/id'],
    ['PUT', '/v1/users', 'users'],
    ['GET', '/v1/users/user_1/teeth', 'users/user_1/teeth'],
    ['PATCH', '/v1/jwks', 'jwks'],
    ['GET', '/v1', ''],
    ['PUT', '/api_keys', 'api_keys'],
    ['PUT', '/api_keys/ak_1', 'api_keys/ak_1'],
    ['PATCH', '/m2m_tokens/mt_1', 'm2m_tokens/mt_1'],
    ['GET', '/oauth_applications/access_tokens', 'oauth_applications/access_tokens'],
  ])('is answered with 501 for the unknown route %s %s', async (method, path, real) => {
    const answer = await call(method, path);
    expect(answer).toMatchObject({ status: 501, code: 'emulator_unsupported_route' });
    expect(answer.message).toContain(`${method} ${path}`);
    expect(answer.message).toContain(`https://api.clerk.com/v1${real && `/${real}`},`);
    expect(answer.message).toContain('https://clerk.com/docs/reference/backend-api');
  });

  it('is 501 for an unknown route with a query too, and only for holders of the key', async () => {
    expect(await call('GET', '/v1/waitlist_entries?limit=1')).toMatchObject({
      code: 'emulator_unsupported_route',
    });
    expect(await call('GET', '/v1/waitlist_entries', { key: 'sk_test_wrong' })).toMatchObject({
      status: 401,
    });
  });

  it('is answered with 501 for an unknown value of a filter', async () => {
    const answer = await call('GET', '/v1/sessions?status=sleeping');
    expect(answer).toMatchObject({ status: 501, code: 'emulator_unsupported_parameter' });
    expect(answer.message).toContain('"status"');
  });

  it('cannot grow by a route that does not declare its query parameters', async () => {
    const app = fastify();
    app.addHook('onRoute', demandDeclaration);
    expect(() => app.get('/v1/secret', () => 'x')).toThrow(
      /GET \/v1\/secret does not declare its query parameters\. Pass reads\(/,
    );
    await app.close();
  });
});

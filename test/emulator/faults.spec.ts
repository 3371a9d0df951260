import { type ClerkClient, createClerkClient } from '@clerk/backend';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../../src/emulator/index.js';
import { OAuthTestClient } from './oauth-test-client.js';

describe('Faults', () => {
  const user = 'ada@example.com';
  let emulator: ClerkEmulator;
  let clerk: ClerkClient;

  beforeAll(async () => {
    emulator = await startClerkEmulator();
    clerk = createClerkClient({
      apiUrl: emulator.url,
      secretKey: emulator.secretKey,
      publishableKey: emulator.publishableKey,
      telemetry: { disabled: true },
    });
  });
  afterEach(() => emulator.reset());
  afterAll(() => emulator.close());

  it('respond with 429 and Retry-After, for the given number of requests', async () => {
    emulator.faults.set('users', { kind: 'status', status: 429, retryAfter: 7 }, 1);
    await expect(clerk.users.getUserList()).rejects.toMatchObject({
      status: 429,
      retryAfter: 7,
      errors: [{ code: 'too_many_requests' }],
    });
    expect((await clerk.users.getUserList()).totalCount).toBe(3);
  });

  it('respond with 500 and 503, in one group or in all', async () => {
    emulator.faults.set('token', { kind: 'status', status: 503 });
    const client = new OAuthTestClient(emulator);
    const answer = await client.refresh('anything');
    expect(answer).toMatchObject({ status: 503, body: { error: 'server_error' } });
    expect((await fetch(`${emulator.url}/.well-known/jwks.json`)).status).toBe(200);
    emulator.faults.set('all', { kind: 'status', status: 500 });
    expect((await fetch(`${emulator.url}/.well-known/jwks.json`)).status).toBe(500);
    expect((await client.refresh('anything')).status).toBe(503);
    emulator.faults.clear();
    expect((await client.refresh('anything')).status).toBe(400);
  });

  it('reset the connection', async () => {
    emulator.faults.set('jwks', { kind: 'reset' });
    await expect(fetch(`${emulator.url}/.well-known/jwks.json`)).rejects.toMatchObject({
      cause: { code: expect.stringMatching(/ECONNRESET|UND_ERR_SOCKET/) },
    });
  });

  it('hang until the caller aborts', async () => {
    emulator.faults.set('jwks', { kind: 'hang' });
    const signal = AbortSignal.timeout(100);
    await expect(fetch(`${emulator.url}/.well-known/jwks.json`, { signal })).rejects.toThrow(
      'timeout',
    );
  });

  it('delay the response', async () => {
    emulator.faults.set('jwks', { kind: 'slow', milliseconds: 1 });
    expect((await fetch(`${emulator.url}/.well-known/jwks.json`)).status).toBe(200);
    emulator.faults.set('jwks', { kind: 'slow', milliseconds: 60_000 });
    const signal = AbortSignal.timeout(50);
    await expect(fetch(`${emulator.url}/.well-known/jwks.json`, { signal })).rejects.toThrow(
      'timeout',
    );
  });

  it('report invalid tokens with status 200', async () => {
    const token = await emulator.issue.oauthAccessToken({ user, format: 'opaque' });
    emulator.faults.set('verify', { kind: 'revoked' });
    expect(await clerk.idPOAuthAccessToken.verify(token)).toMatchObject({ revoked: true });
    emulator.faults.set('verify', { kind: 'expired' });
    expect(await clerk.idPOAuthAccessToken.verify(token)).toMatchObject({ expired: true });
    emulator.faults.set('verify', { kind: 'inactive' });
    expect(await clerk.idPOAuthAccessToken.verify(token)).toEqual({ active: false });
    emulator.faults.set('verify', { kind: 'empty_body' });
    expect(await clerk.idPOAuthAccessToken.verify(token)).toEqual({});
  });

  it('add a charset, which makes the SDK read text', async () => {
    emulator.faults.set('users', { kind: 'charset' });
    const { id } = emulator.users.get(user);
    const response = await fetch(`${emulator.url}/v1/users/${id}`, {
      headers: { authorization: `Bearer ${emulator.secretKey}` },
    });
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await clerk.users.getUser(id)).toBeTypeOf('string');
  });

  it('refuse the right secret key', async () => {
    emulator.faults.set('verify', { kind: 'wrong_secret' });
    const token = await emulator.issue.oauthAccessToken({ user, format: 'opaque' });
    await expect(clerk.idPOAuthAccessToken.verify(token)).rejects.toMatchObject({
      status: 401,
      errors: [{ code: 'clerk_key_invalid' }],
    });
  });

  it('are counted like any other request', async () => {
    emulator.faults.set('jwks', { kind: 'status', status: 500 });
    await fetch(`${emulator.url}/.well-known/jwks.json`);
    await fetch(`${emulator.url}/v1/jwks`);
    await fetch(`${emulator.url}/v1/users/one`);
    await fetch(`${emulator.url}/v1/users/two`);
    expect(emulator.counters.ofGroup('jwks')).toBe(2);
    expect(emulator.counters.of('GET /v1/jwks')).toBe(1);
    expect(emulator.counters.of('GET /v1/users/:id')).toBe(2);
    emulator.counters.reset();
    expect(emulator.counters.ofGroup('jwks')).toBe(0);
    expect(emulator.counters.all()).toEqual({});
  });
});

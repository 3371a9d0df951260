import { afterEach, describe, expect, it, vi } from 'vitest';
import * as entry from '../../src/emulator/index.js';
import { startClerkEmulator } from '../../src/emulator/index.js';
import { OAuthTestClient } from './oauth-test-client.js';
import { PageDriver } from './page-driver.js';

afterEach(() => void vi.unstubAllEnvs());

describe('The local Clerk emulator', () => {
  it.each([
    ['EMULATOR_IN_PRODUCTION', { environment: 'production' }],
    ['EMULATOR_IN_PRODUCTION', { environment: ' Production ' }],
    ['EMULATOR_LIVE_KEY', { secretKey: 'sk_live_x' }],
    ['EMULATOR_LIVE_KEY', { configuredKeys: [undefined, 'sk_live_x'] }],
    ['EMULATOR_LIVE_KEY', { configuredKeys: ['pk_live_x'] }],
    ['EMULATOR_SECRET_KEY', { secretKey: 'anything' }],
    ['EMULATOR_NOT_LOOPBACK', { host: '0.0.0.0' }],
    ['EMULATOR_NOT_LOOPBACK', { host: '192.168.1.2' }],
    ['EMULATOR_NOT_LOOPBACK', { host: '127.0.0.1.evil.example' }],
    ['EMULATOR_NOT_LOOPBACK', { host: '::' }],
    ['EMULATOR_NOT_LOOPBACK', { host: '' }],
  ])('refuses to start with %s for %o', async (code, options) => {
    await expect(startClerkEmulator(options)).rejects.toMatchObject({ code });
  });

  it.each([
    ['EMULATOR_IN_PRODUCTION', 'NODE_ENV', 'production'],
    ['EMULATOR_IN_PRODUCTION', 'NODE_ENV', ' PRODUCTION '],
    ['EMULATOR_LIVE_KEY', 'CLERK_SECRET_KEY', ' sk_live_x'],
    ['EMULATOR_LIVE_KEY', 'CLERK_PUBLISHABLE_KEY', 'pk_live_x'],
  ])('refuses to start with %s where %s of the process is "%s"', async (code, name, value) => {
    vi.stubEnv(name, value);
    await expect(startClerkEmulator()).rejects.toMatchObject({ code });
    const options = { environment: 'test', configuredKeys: ['sk_test_x'] };
    await expect(startClerkEmulator(options)).rejects.toMatchObject({ code });
  });

  it('exports its start and its errors', () => {
    expect(Object.keys(entry).toSorted()).toEqual([
      'EmulatorDuplicateResourceError',
      'EmulatorError',
      'EmulatorInProductionError',
      'EmulatorLiveKeyError',
      'EmulatorNotLoopbackError',
      'EmulatorPortInUseError',
      'EmulatorSecretKeyError',
      'EmulatorSeedError',
      'EmulatorStateError',
      'EmulatorSwitchError',
      'EmulatorUnknownResourceError',
      'EmulatorWebhookTargetError',
      'parseEmulatorSeed',
      'seedFromState',
      'startClerkEmulator',
    ]);
  });

  it('never puts a key into an error message', async () => {
    await expect(startClerkEmulator({ secretKey: 'sk_live_verysecret' })).rejects.not.toThrow(
      'verysecret',
    );
  });

  it('names the port that is in use', async () => {
    const first = await startClerkEmulator();
    const port = Number(new URL(first.url).port);
    await expect(startClerkEmulator({ port })).rejects.toMatchObject({
      code: 'EMULATOR_PORT_IN_USE',
      message: expect.stringContaining(String(port)),
    });
    await first.close();
    const second = await startClerkEmulator({ port, secretKey: 'sk_test_fixed' });
    expect(second).toMatchObject({ url: first.url, secretKey: 'sk_test_fixed' });
    await second.close();
  });

  it('closes while requests hang, are slow or keep their connection', async () => {
    const emulator = await startClerkEmulator();
    await fetch(`${emulator.url}/__emulator`);
    emulator.faults.set('jwks', { kind: 'hang' });
    emulator.faults.set('discovery', { kind: 'slow', milliseconds: 60_000 });
    const pending = ['jwks.json', 'openid-configuration'].map((name) =>
      fetch(`${emulator.url}/.well-known/${name}`).then(
        () => 'answered',
        () => 'ended',
      ),
    );
    while (emulator.counters.ofGroup('jwks') + emulator.counters.ofGroup('discovery') < 2) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await emulator.close();
    await emulator.close();
    expect(await Promise.all(pending)).toEqual(['ended', 'ended']);
    await expect(fetch(emulator.url)).rejects.toThrow('fetch failed');
  });

  it('keeps no more than maxEntries', async () => {
    const emulator = await startClerkEmulator({ maxEntries: 4 });
    const register = async () => {
      const response = await fetch(`${emulator.url}/oauth/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ redirect_uris: ['https://app.example/callback'] }),
      });
      return (await response.json()) as { client_id: string };
    };
    const first = await register();
    for (let count = 0; count < 5; count += 1) await register();
    const registered = emulator.oauthApplications
      .list()
      .filter(({ dynamicallyRegistered }) => dynamicallyRegistered);
    expect(registered).toHaveLength(4);
    expect(emulator.oauthApplications.find(first.client_id)).toBeUndefined();

    const client = new OAuthTestClient(emulator);
    const started = await client.browser.get(client.authorizationUrl());
    expect((await client.browser.follow(started)).status).toBe(200);
    for (let count = 0; count < 5; count += 1) {
      await new PageDriver(emulator.url).get(client.authorizationUrl());
    }
    expect((await client.browser.follow(started)).status).toBe(400);
    await emulator.close();
  });

  it('refuses bodies that are too large', async () => {
    const emulator = await startClerkEmulator();
    const response = await fetch(`${emulator.url}/oauth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ client_name: 'x'.repeat(300_000) }),
    });
    expect(response.status).toBe(413);
    await emulator.close();
  });
});

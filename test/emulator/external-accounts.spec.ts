import { createClerkClient } from '@clerk/backend';
import { expect, it, onTestFinished } from 'vitest';
import { startClerkEmulator, type ClerkEmulatorOptions } from '../../src/emulator/index.js';

const ADA = 'ada@example.com';

async function start(options: ClerkEmulatorOptions = {}) {
  const emulator = await startClerkEmulator(options);
  onTestFinished(() => emulator.close());
  const { url: apiUrl, secretKey, publishableKey } = emulator;
  const clerk = createClerkClient({ apiUrl, secretKey, publishableKey });
  const ada = emulator.users.get(ADA).id;
  const tokens = async (provider: string, user = ada) =>
    (await clerk.users.getUserOauthAccessToken(user, provider as 'google')).data;
  return { emulator, ada, tokens };
}

it('gives the tokens of the accounts that a user has connected, as @clerk/backend sees them', async () => {
  const { emulator, tokens } = await start();
  expect(await tokens('google')).toEqual([]);
  const scopes = ['calendar'];
  emulator.externalAccounts.connect({ user: ADA, provider: 'google', scopes, token: 'first' });
  emulator.externalAccounts.connect({ user: ADA, provider: 'google', label: 'work' });
  emulator.externalAccounts.connect({ user: ADA, provider: 'custom_acme' });
  emulator.externalAccounts.connect({ user: 'grace@example.com', provider: 'google' });
  const [first, second, ...rest] = await tokens('google');
  expect(rest).toEqual([]);
  expect(first).toMatchObject({ token: 'first', provider: 'oauth_google', scopes });
  expect(first?.expiresAt ?? undefined).toBeUndefined();
  expect(second).toMatchObject({ label: 'work', scopes: [], token: expect.any(String) });
  expect(await tokens('custom_acme')).toHaveLength(1);
  await expect(tokens('google', 'user_nobody')).rejects.toMatchObject({ status: 404 });
});

it('replaces an expired token, as Clerk refreshes it', async () => {
  let now = 1_000_000_000_000;
  const { emulator, tokens } = await start({ now: () => now });
  emulator.externalAccounts.connect({
    user: ADA,
    provider: 'google',
    token: 'old',
    expiresInSeconds: 60,
  });
  expect(await tokens('google')).toMatchObject([{ token: 'old', expiresAt: 1_000_000_060 }]);
  now += 60_000;
  const [renewed] = await tokens('google');
  expect(renewed?.token).not.toBe('old');
  expect(renewed?.expiresAt).toBe(1_000_000_120);
});

it('forgets an account that is disconnected, those of a deleted user, and all with a reset', async () => {
  const { emulator, ada, tokens } = await start();
  const connect = () => emulator.externalAccounts.connect({ user: ADA, provider: 'google' });
  emulator.externalAccounts.disconnect(connect().id);
  expect(await tokens('google')).toEqual([]);
  connect();
  emulator.users.delete(ADA);
  emulator.users.create({ id: ada, emailAddress: ADA });
  expect(await tokens('google')).toEqual([]);
  connect();
  emulator.reset();
  expect(await tokens('google')).toEqual([]);
  expect(() => emulator.externalAccounts.disconnect('eac_none')).toThrow('eac_none');
});

it('keeps no more accounts than maxEntries', async () => {
  const { emulator, ada } = await start({ maxEntries: 3 });
  for (let n = 0; n < 5; n += 1) {
    emulator.externalAccounts.connect({ user: ADA, provider: 'google', token: `${n}` });
  }
  const kept = emulator.externalAccounts.ofUser(ada, 'google');
  expect(kept.map(({ token }) => token)).toEqual(['2', '3', '4']);
});

it('takes accounts from the seed and over the control surface', async () => {
  const account = { user: ADA, provider: 'github', scopes: ['repo'] };
  const { emulator, tokens } = await start({
    seed: { users: [{ emailAddress: ADA }], externalAccounts: [account] },
  });
  expect(await tokens('github')).toMatchObject([{ scopes: ['repo'] }]);
  const control = async (path: string, body: object) => {
    const response = await fetch(`${emulator.url}/__emulator/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as { id: string } };
  };
  const { body } = await control('external_accounts', { user: ADA, provider: 'google' });
  expect(await tokens('google')).toHaveLength(1);
  expect(await control('external_accounts/delete', { id: body.id })).toMatchObject({ status: 200 });
  expect(await tokens('google')).toEqual([]);
  const wrong = await control('external_accounts', { user: ADA, provider: 'oauth_google' });
  expect(wrong.status).toBe(400);
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../../../src/emulator/index.js';
import { recorded, type RecordedNamespace, sdkOf } from './support.js';

describe('clerk.oauthApplications', () => {
  let emulator: ClerkEmulator;
  let applications: RecordedNamespace<ReturnType<typeof sdkOf>['oauthApplications']>;
  let now = Date.parse('2026-03-01T00:00:00Z');

  beforeAll(async () => {
    emulator = await startClerkEmulator({
      now: () => now,
      seed: { customScopes: { 'notes:read': 'Read notes' } },
    });
    applications = recorded(sdkOf(emulator).oauthApplications);
  });
  afterAll(() => emulator.close());

  it('creates, reads, changes and deletes an application', async () => {
    const created = await applications.api.create({
      name: 'Notes',
      redirectUris: ['https://notes.example/callback', 'myapp://callback'],
      scopes: 'profile notes:read',
      public: false,
    });
    expect(created).toMatchObject({
      name: 'Notes',
      redirectUris: ['https://notes.example/callback', 'myapp://callback'],
      scopes: 'profile notes:read',
      isPublic: false,
      pkceRequired: false,
      consentScreenEnabled: true,
      dynamicallyRegistered: false,
      authorizeUrl: `${emulator.url}/oauth/authorize`,
    });
    expect(created.clientSecret).toBeTruthy();
    const read = await applications.api.get(created.id);
    expect(read).toMatchObject({ id: created.id, clientId: created.clientId });
    expect(read.clientSecret).toBeUndefined();

    now += 1_000;
    // The SDK passes on the last two, which only Clerk's OpenAPI document has.
    const changes = {
      oauthApplicationId: created.id,
      name: 'Notebook',
      redirectUris: ['https://notes.example/other'],
      scopes: 'email',
      public: true,
      pkceRequired: true,
      consentScreenEnabled: false,
    };
    const changed = await applications.api.update(changes);
    expect(changed).toMatchObject({
      name: 'Notebook',
      redirectUris: ['https://notes.example/other'],
      scopes: 'email',
      isPublic: true,
      pkceRequired: true,
      consentScreenEnabled: false,
      updatedAt: now,
    });
    expect(await applications.api.delete(created.id)).toMatchObject({ deleted: true });
    await expect(applications.api.get(created.id)).rejects.toMatchObject({ status: 404 });
  });

  it('gives an application the scopes that it names, by default profile and email', async () => {
    const { scopes } = await applications.api.create({ name: 'Plain' });
    expect(scopes).toBe('profile email');
    await expect(
      applications.api.create({ name: 'Wrong', scopes: 'profile notes:delete' }),
    ).rejects.toMatchObject({ status: 422, errors: [{ code: 'form_param_value_invalid' }] });
  });

  it('lists applications by part of a name or client id, in both orders', async () => {
    const client = emulator.oauthApplications;
    for (const name of ['zeta', 'Alpha']) {
      now += 1_000;
      client.create({ name: `listed ${name}`, clientId: name, redirectUris: [] });
    }
    const names = async (params: Parameters<typeof applications.api.list>[0]) =>
      (await applications.api.list(params)).data.map(({ name }) => name);
    expect(await names({ nameQuery: 'LISTED' })).toEqual(['listed Alpha', 'listed zeta']);
    expect(await names({ nameQuery: 'listed', orderBy: '+created_at' })).toEqual([
      'listed zeta',
      'listed Alpha',
    ]);
    expect(await names({ nameQuery: 'listed', orderBy: '-name', limit: 1 })).toEqual([
      'listed zeta',
    ]);
    expect(await names({ nameQuery: 'zeta' })).toEqual(['listed zeta']);
    expect((await applications.api.list({ nameQuery: 'Alpha' })).totalCount).toBe(1);
  });

  it('rotates a secret', async () => {
    const { id, clientId, clientSecret = '' } = await applications.api.create({ name: 'Secret' });
    const rotated = await applications.api.rotateSecret(id);
    expect(emulator.oauthApplications.hasSecret(clientId, clientSecret)).toBe(false);
    expect(emulator.oauthApplications.hasSecret(clientId, rotated.clientSecret ?? '')).toBe(true);
  });

  it('revokes opaque tokens of an application', async () => {
    const user = emulator.users.create({ emailAddress: 'token@example.com' }).id;
    const { id, clientId } = await applications.api.create({ name: 'Tokens' });
    const opaque = await emulator.issue.oauthAccessToken({ user, clientId, format: 'opaque' });
    await applications.api.revokeToken({ oauthApplicationId: id, token: opaque });
    const verified = await sdkOf(emulator).idPOAuthAccessToken.verify(opaque);
    expect(verified.revoked).toBe(true);
    const jwt = await emulator.issue.oauthAccessToken({ user, clientId, format: 'jwt' });
    await expect(
      applications.api.revokeToken({ oauthApplicationId: id, token: jwt }),
    ).rejects.toMatchObject({ status: 400 });
  });

  it('has every method of the SDK', () => {
    expect(applications.uncalled()).toEqual([]);
  });
});

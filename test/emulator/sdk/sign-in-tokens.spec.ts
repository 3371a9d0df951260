import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../../../src/emulator/index.js';
import { recorded, type RecordedNamespace, sdkOf } from './support.js';

describe('clerk.signInTokens', () => {
  let emulator: ClerkEmulator;
  let signInTokens: RecordedNamespace<ReturnType<typeof sdkOf>['signInTokens']>;
  let now = Date.parse('2026-03-01T00:00:00Z');
  const userId = () => emulator.users.get('ada@example.com').id;
  const create = (expiresInSeconds = 60) =>
    signInTokens.api.createSignInToken({ userId: userId(), expiresInSeconds });
  const sessionsOf = async (id: string) =>
    (await sdkOf(emulator).sessions.getSessionList({ userId: id })).data;

  beforeAll(async () => {
    emulator = await startClerkEmulator({ now: () => now });
    signInTokens = recorded(sdkOf(emulator).signInTokens);
  });
  afterAll(() => emulator.close());

  it('signs a browser in, once', async () => {
    const { id: orgId } = await sdkOf(emulator).organizations.getOrganization({
      slug: 'analytical-engines',
    });
    const input = { userId: userId(), orgId, expiresInSeconds: 60 };
    const token = await signInTokens.api.createSignInToken(input);
    expect(token).toMatchObject({ userId: userId(), status: 'pending', createdAt: now });
    expect(token.url).toBe(`${emulator.url}/v1/tickets/accept?ticket=${token.token}`);
    const accepted = await fetch(token.url);
    expect(accepted.status).toBe(200);
    expect(accepted.headers.get('set-cookie')).toMatch(/^clerk_emulator_\d+=.*HttpOnly/);
    const [session] = await sessionsOf(userId());
    expect(session).toMatchObject({
      status: 'active',
      lastActiveOrganizationId: orgId,
      actor: null,
    });
    expect(emulator.users.get(userId()).lastSignInAt).toBe(now);

    const again = await fetch(token.url);
    expect([again.status, again.headers.get('set-cookie')]).toEqual([400, null]);
    expect(await again.json()).toMatchObject({ errors: [{ code: 'ticket_invalid' }] });
    expect(await sessionsOf(userId())).toHaveLength(1);
  });

  it('signs nobody in when it is expired or revoked, or the user is banned, locked or gone', async () => {
    const statusOf = async (url: string) => (await fetch(url)).status;
    const expired = await create(1);
    now += 1_001;
    expect(await statusOf(expired.url)).toBe(400);
    const revoked = await create();
    expect((await signInTokens.api.revokeSignInToken(revoked.id)).status).toBe('revoked');
    expect(await statusOf(revoked.url)).toBe(400);
    const user = emulator.users.create({ emailAddress: 'lin@example.com' }).id;
    const { url } = await signInTokens.api.createSignInToken({
      userId: user,
      expiresInSeconds: 60,
    });
    emulator.users.update(user, { banned: true });
    expect(await statusOf(url)).toBe(400);
    emulator.users.update(user, { banned: false, locked: true });
    expect(await statusOf(url)).toBe(400);
    emulator.users.delete(user);
    expect(await statusOf(url)).toBe(400);
    for (const query of ['', '?ticket=unknown', '?ticket=a&ticket=b']) {
      expect(await statusOf(`${emulator.url}/v1/tickets/accept${query}`)).toBe(400);
    }
    expect(await sessionsOf(user)).toEqual([]);
  });

  it('refuses what Clerk refuses', async () => {
    const { id } = await create();
    await signInTokens.api.revokeSignInToken(id);
    for (const [call, status] of [
      [() => signInTokens.api.revokeSignInToken(id), 400],
      [() => signInTokens.api.revokeSignInToken('sit_1'), 404],
      [() => create(0), 422],
      [() => signInTokens.api.createSignInToken({ userId: 'user_1', expiresInSeconds: 1 }), 404],
      [
        () =>
          signInTokens.api.createSignInToken({
            userId: userId(),
            orgId: 'org_1',
            expiresInSeconds: 1,
          }),
        404,
      ],
    ] as const) {
      await expect(call()).rejects.toMatchObject({ status });
    }
  });

  it('has every method of the SDK', () => {
    expect(signInTokens.uncalled()).toEqual([]);
  });
});

import { verifyToken } from '@clerk/backend';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../../../src/emulator/index.js';
import { recorded, type RecordedNamespace, sdkOf } from './support.js';

describe('clerk.actorTokens', () => {
  let emulator: ClerkEmulator;
  let actorTokens: RecordedNamespace<ReturnType<typeof sdkOf>['actorTokens']>;
  const userId = () => emulator.users.get('ada@example.com').id;

  beforeAll(async () => {
    emulator = await startClerkEmulator();
    actorTokens = recorded(sdkOf(emulator).actorTokens);
  });
  afterAll(() => emulator.close());

  it('starts a session whose tokens name the actor', async () => {
    const actor = { sub: emulator.users.get('grace@example.com').id };
    const token = await actorTokens.api.create({ userId: userId(), actor });
    expect(token).toMatchObject({ userId: userId(), status: 'pending', actor });
    expect((await fetch(token.url ?? '')).status).toBe(200);
    const { sessions } = sdkOf(emulator);
    const [session] = (await sessions.getSessionList({ userId: userId() })).data;
    expect(session).toMatchObject({ actor, status: 'active' });
    const { jwt } = await sessions.getToken(session?.id ?? '');
    const claims = await verifyToken(jwt, { secretKey: emulator.secretKey, apiUrl: emulator.url });
    expect(claims).toMatchObject({ sub: userId(), act: actor });
    // The user did not sign in.
    expect(emulator.users.get(userId()).lastSignInAt).toBeNull();
    expect((await fetch(token.url ?? '')).status).toBe(400);
  });

  it.each([
    [undefined, 1_800],
    [60, 60],
  ])('starts a session of sessionMaxDurationInSeconds: %s', async (seconds, expected) => {
    const user = emulator.users.create({ emailAddress: `lasts${expected}@example.com` }).id;
    const actor = { sub: 'user_support' };
    const { url } = await actorTokens.api.create({
      userId: user,
      actor,
      sessionMaxDurationInSeconds: seconds,
    });
    await fetch(url ?? '');
    const [session] = (await sdkOf(emulator).sessions.getSessionList({ userId: user })).data;
    expect(session && (session.expireAt - session.createdAt) / 1_000).toBe(expected);
  });

  it('can be revoked, once, as an actor token only', async () => {
    const { id, url } = await actorTokens.api.create({
      userId: userId(),
      actor: { sub: 'user_support' },
      expiresInSeconds: 60,
    });
    await expect(sdkOf(emulator).signInTokens.revokeSignInToken(id)).rejects.toMatchObject({
      status: 404,
    });
    expect(await actorTokens.api.revoke(id)).toMatchObject({ status: 'revoked' });
    expect((await fetch(url ?? '')).status).toBe(400);
    await expect(actorTokens.api.revoke(id)).rejects.toMatchObject({ status: 400 });
    await expect(actorTokens.api.revoke('act_1')).rejects.toMatchObject({ status: 404 });
  });

  it('refuses what Clerk refuses', async () => {
    const actor = { sub: 'user_support' };
    for (const params of [
      { userId: 'user_1', actor },
      { userId: userId(), actor: { sub: '' } },
      { userId: userId(), actor: { ...actor, large: 'x'.repeat(9_000) } },
      { userId: userId(), actor, expiresInSeconds: 0 },
    ]) {
      await expect(actorTokens.api.create(params)).rejects.toMatchObject({ status: 422 });
    }
  });

  it('has every method of the SDK', () => {
    expect(actorTokens.uncalled()).toEqual([]);
  });
});

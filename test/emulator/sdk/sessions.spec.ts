import { verifyToken } from '@clerk/backend';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../../../src/emulator/index.js';
import { expectUnsupported, recorded, type RecordedNamespace, sdkOf } from './support.js';

describe('clerk.sessions', () => {
  let emulator: ClerkEmulator;
  let sessions: RecordedNamespace<ReturnType<typeof sdkOf>['sessions']>;
  const userId = () => emulator.users.get('ada@example.com').id;

  beforeAll(async () => {
    emulator = await startClerkEmulator({ jwtTemplates: { notes: { plan: 'pro' } } });
    sessions = recorded(sdkOf(emulator).sessions);
  });
  afterAll(() => emulator.close());

  it('creates, reads and revokes a session, and gets its tokens', async () => {
    const session = await sessions.api.createSession({ userId: userId() });
    expect(session).toMatchObject({ userId: userId(), status: 'active' });
    expect(session.lastActiveOrganizationId).toBeNull();
    expect(await sessions.api.getSession(session.id)).toMatchObject({ id: session.id });
    const { jwt } = await sessions.api.getToken(session.id, undefined, 60);
    const claims = await verifyToken(jwt, { secretKey: emulator.secretKey, apiUrl: emulator.url });
    expect(claims).toMatchObject({ sid: session.id, sub: userId() });
    expect(claims.exp - claims.iat).toBe(60);
    expect((await sessions.api.getToken(session.id, 'notes')).jwt).toMatch(/^ey/);
    expect(await sessions.api.revokeSession(session.id)).toMatchObject({ status: 'revoked' });
    await expect(sessions.api.getToken(session.id)).rejects.toMatchObject({ status: 404 });
  });

  it('starts in an organization of the user only', async () => {
    const { id } = await sdkOf(emulator).organizations.getOrganization({
      slug: 'analytical-engines',
    });
    const input = { userId: userId(), activeOrganizationId: id };
    expect((await sessions.api.createSession(input)).lastActiveOrganizationId).toBe(id);
    const stranger = emulator.users.get('katherine@example.com').id;
    await expect(sessions.api.createSession({ ...input, userId: stranger })).rejects.toMatchObject({
      status: 404,
    });
  });

  it('lists sessions by user, client and status, newest first', async () => {
    const user = emulator.users.create({ emailAddress: 'lin@example.com' }).id;
    const first = emulator.sessions.create({ user });
    const second = emulator.sessions.create({ user, status: 'pending' });
    const ids = async (params: Parameters<typeof sessions.api.getSessionList>[0]) => {
      const { data, totalCount } = await sessions.api.getSessionList(params);
      expect(totalCount).toBeGreaterThanOrEqual(data.length);
      return data.map(({ id }) => id);
    };
    expect(await ids({ userId: user })).toEqual([second.id, first.id]);
    expect(await ids({ userId: user, limit: 1, offset: 1 })).toEqual([first.id]);
    expect(await ids({ userId: user, status: 'pending' })).toEqual([second.id]);
    expect(await ids({ clientId: first.clientId })).toEqual([first.id]);
    expect(await ids({ userId: user, status: 'abandoned' })).toEqual([]);
  });

  it('has a bare array without paginated', async () => {
    const list = async (query: string): Promise<unknown> => {
      const headers = { authorization: `Bearer ${emulator.secretKey}` };
      const response = await fetch(`${emulator.url}/v1/sessions?limit=1${query}`, { headers });
      return response.json();
    };
    expect(await list('')).toEqual([expect.objectContaining({ object: 'session' })]);
    expect(await list('&paginated=false')).toHaveLength(1);
    expect(await list('&paginated=true')).toMatchObject({ total_count: expect.any(Number) });
  });

  it('refuses what Clerk refuses', async () => {
    const { id } = emulator.sessions.create({ user: userId() });
    await expect(sessions.api.createSession({ userId: 'user_1' })).rejects.toMatchObject({
      status: 404,
    });
    for (const seconds of [29, 315_360_001]) {
      await expect(sessions.api.getToken(id, 'notes', seconds)).rejects.toMatchObject({
        status: 422,
      });
    }
    await expect(sessions.api.getToken(id, 'unknown')).rejects.toMatchObject({ status: 404 });
  });

  it('answers with 501 what the emulator does not have', async () => {
    const { id } = emulator.sessions.create({ user: userId() });
    await expectUnsupported(() => sessions.api.verifySession(id, 'token'));
    const refresh = { expired_token: 'x', refresh_token: 'x', request_origin: 'x' };
    await expectUnsupported(() => sessions.api.refreshSession(id, refresh));
  });

  it('has or refuses every method of the SDK', () => {
    expect(sessions.uncalled()).toEqual([]);
  });
});

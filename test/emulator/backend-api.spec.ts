import { createClerkClient, verifyToken, type ClerkClient } from '@clerk/backend';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../../src/emulator/index.js';

describe('The Backend API of the emulator, as @clerk/backend sees it', () => {
  let emulator: ClerkEmulator;
  let clerk: ClerkClient;

  beforeAll(async () => {
    emulator = await startClerkEmulator({ jwtTemplates: { notes: { plan: 'pro' } } });
    clerk = clientOf(emulator);
  });
  afterEach(() => emulator.faults.clear());
  afterAll(() => emulator.close());

  it('returns a user with every field', async () => {
    const [ada] = emulator.accounts;
    const user = await clerk.users.getUser(ada?.id ?? '');
    expect(user).toMatchObject({
      id: ada?.id,
      firstName: 'Ada',
      lastName: 'Lovelace',
      username: 'ada',
      imageUrl: `${emulator.url}/img/${ada?.id}.svg`,
      hasImage: true,
      banned: false,
      publicMetadata: { team: 'research' },
    });
    expect(user.fullName).toBe('Ada Lovelace');
    expect(user.primaryEmailAddress?.emailAddress).toBe('ada@example.com');
    expect(user.primaryEmailAddress?.verification?.status).toBe('verified');
    expect(user.primaryEmailAddress?.linkedTo).toEqual([]);
    const image = await fetch(user.imageUrl);
    expect(image.headers.get('content-type')).toBe('image/svg+xml');
  });

  it('lists and counts users, and finds them by e-mail address', async () => {
    const all = await clerk.users.getUserList();
    expect(all.totalCount).toBe(3);
    const found = await clerk.users.getUserList({ emailAddress: ['grace@example.com'] });
    expect(found.data.map((user) => user.firstName)).toEqual(['Grace']);
    expect(found.totalCount).toBe(1);
    const second = await clerk.users.getUserList({ limit: 1, offset: 1 });
    expect(second.data.map((user) => user.firstName)).toEqual(['Grace']);
    expect(second.totalCount).toBe(3);
  });

  it('keeps the ids of the seeded accounts from one start to the next', async () => {
    const other = await startClerkEmulator();
    expect(other.accounts).toEqual(emulator.accounts);
    expect(other.secretKey).not.toBe(emulator.secretKey);
    await other.close();
  });

  it('responds with 404 to an unknown user', async () => {
    await expect(clerk.users.getUser('user_nobody')).rejects.toMatchObject({
      status: 404,
      errors: [{ code: 'resource_not_found' }],
    });
  });

  it('returns organizations by id and by slug, with memberships in two roles', async () => {
    const bySlug = await clerk.organizations.getOrganization({ slug: 'analytical-engines' });
    expect(bySlug.membersCount).toBeUndefined();
    const byId = await clerk.organizations.getOrganization({
      organizationId: bySlug.id,
      includeMembersCount: true,
    });
    expect(byId).toMatchObject({ name: 'Analytical Engines', membersCount: 2, hasImage: true });

    const members = await clerk.organizations.getOrganizationMembershipList({
      organizationId: byId.id,
    });
    expect(members.totalCount).toBe(2);
    expect(
      members.data.map(({ role, publicUserData }) => [role, publicUserData?.identifier]),
    ).toEqual([
      ['org:member', 'grace@example.com'],
      ['org:admin', 'ada@example.com'],
    ]);

    const ofAda = await clerk.users.getOrganizationMembershipList({
      userId: emulator.users.get('ada@example.com').id,
    });
    expect(ofAda.data[0]?.organization.slug).toBe('analytical-engines');
    expect(ofAda.data[0]?.permissions).toContain('org:notes:write');
    const ofKatherine = await clerk.users.getOrganizationMembershipList({
      userId: emulator.users.get('katherine@example.com').id,
    });
    expect(ofKatherine).toMatchObject({ data: [], totalCount: 0 });
  });

  it('returns and revokes sessions, and issues their tokens', async () => {
    const session = emulator.sessions.create({
      user: 'ada@example.com',
      organization: 'analytical-engines',
    });
    expect(await clerk.sessions.getSession(session.id)).toMatchObject({
      userId: session.userId,
      status: 'active',
      lastActiveOrganizationId: session.organizationId,
    });
    const { jwt } = await clerk.sessions.getToken(session.id);
    const claims = await verifyToken(jwt, { secretKey: emulator.secretKey, apiUrl: emulator.url });
    expect(claims).toMatchObject({ sid: session.id, sub: session.userId, v: 2 });

    const template = await clerk.sessions.getToken(session.id, 'notes', 300);
    const custom = await verifyToken(template.jwt, {
      secretKey: emulator.secretKey,
      apiUrl: emulator.url,
    });
    expect(custom).toMatchObject({ plan: 'pro', sub: session.userId });
    expect(custom.exp - custom.iat).toBe(300);
    expect(custom).not.toHaveProperty('sid');

    expect((await clerk.sessions.revokeSession(session.id)).status).toBe('revoked');
    expect((await clerk.sessions.getSession(session.id)).status).toBe('revoked');
    await expect(clerk.sessions.getToken(session.id)).rejects.toMatchObject({ status: 404 });
    const list = await clerk.sessions.getSessionList({ userId: session.userId });
    expect(list.data.map(({ id }) => id)).toContain(session.id);
  });

  it('creates, changes and deletes OAuth applications', async () => {
    const created = await clerk.oauthApplications.create({
      name: 'Notes',
      redirectUris: ['https://notes.example/callback'],
      scopes: 'profile email offline_access',
    });
    expect(created).toMatchObject({
      isPublic: false,
      scopes: 'profile email offline_access',
      tokenFetchUrl: `${emulator.url}/oauth/token`,
      dynamicallyRegistered: false,
    });
    expect(created.clientSecret).toBeTypeOf('string');
    const rotated = await clerk.oauthApplications.rotateSecret(created.id);
    expect(rotated.clientSecret).not.toBe(created.clientSecret);
    const got = await clerk.oauthApplications.get(created.id);
    expect(got.name).toBe('Notes');
    expect(got.clientSecret).toBeUndefined();
    expect((await clerk.oauthApplications.list()).totalCount).toBe(2);
    const renamed = await clerk.oauthApplications.update({
      oauthApplicationId: created.id,
      name: 'Better notes',
      redirectUris: null,
    });
    expect(renamed).toMatchObject({ name: 'Better notes', redirectUris: got.redirectUris });
    await clerk.oauthApplications.delete(created.id);
    await expect(clerk.oauthApplications.get(created.id)).rejects.toMatchObject({ status: 404 });
  });

  it('refuses a wrong secret key everywhere', async () => {
    const stranger = clientOf({ ...emulator, secretKey: 'sk_test_wrong' });
    const refusal = { status: 401, errors: [{ code: 'clerk_key_invalid' }] };
    await expect(stranger.users.getUserList()).rejects.toMatchObject(refusal);
    await expect(stranger.idPOAuthAccessToken.verify('oat_x')).rejects.toMatchObject(refusal);
    const jwks = await fetch(`${emulator.url}/v1/jwks`);
    expect(jwks.status).toBe(401);
    expect(await jwks.json()).toMatchObject({
      errors: [{ code: 'clerk_key_invalid' }],
      clerk_trace_id: expect.any(String),
    });
  });

  it('sends JSON with exactly the content type that the SDK expects', async () => {
    const authorization = `Bearer ${emulator.secretKey}`;
    for (const path of [
      '/v1/jwks',
      '/v1/users',
      '/v1/users/none',
      '/v1/nothing',
      '/.well-known/oauth-authorization-server',
      '/.well-known/jwks.json',
      '/oauth/userinfo',
      '/__emulator',
      '/nowhere',
    ]) {
      const response = await fetch(emulator.url + path, { headers: { authorization } });
      expect([path, response.headers.get('content-type')]).toEqual([path, 'application/json']);
    }
  });
});

function clientOf(
  emulator: Pick<ClerkEmulator, 'url' | 'secretKey' | 'publishableKey'>,
): ClerkClient {
  return createClerkClient({
    apiUrl: emulator.url,
    secretKey: emulator.secretKey,
    publishableKey: emulator.publishableKey,
    telemetry: { disabled: true },
  });
}

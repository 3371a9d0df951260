import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../../../src/emulator/index.js';
import { expectUnsupported, recorded, type RecordedNamespace, sdkOf } from './support.js';

type Users = ReturnType<typeof sdkOf>['users'];

describe('clerk.users', () => {
  let emulator: ClerkEmulator;
  let users: RecordedNamespace<Users>;
  let now = Date.parse('2026-03-01T00:00:00Z');

  beforeAll(async () => {
    emulator = await startClerkEmulator({ now: () => now });
    users = recorded(sdkOf(emulator).users);
  });
  afterAll(() => emulator.close());

  it('creates, reads, changes and deletes a user', async () => {
    const created = await users.api.createUser({
      emailAddress: ['Lin@example.com'],
      phoneNumber: ['+15555550100'],
      username: 'lin',
      firstName: 'Lin',
      lastName: 'Loom',
      externalId: 'lin-1',
      locale: 'en-GB',
      publicMetadata: { team: 'looms' },
      privateMetadata: { salary: 1 },
      unsafeMetadata: { theme: 'dark' },
      createdAt: new Date('2025-01-01T00:00:00Z'),
      skipPasswordRequirement: true,
    });
    expect(created).toMatchObject({
      fullName: 'Lin Loom',
      username: 'lin',
      externalId: 'lin-1',
      locale: 'en-GB',
      publicMetadata: { team: 'looms' },
      privateMetadata: { salary: 1 },
      unsafeMetadata: { theme: 'dark' },
      createdAt: Date.parse('2025-01-01T00:00:00Z'),
      updatedAt: now,
      banned: false,
    });
    expect(created.primaryEmailAddress?.emailAddress).toBe('Lin@example.com');
    expect(created.primaryPhoneNumber?.phoneNumber).toBe('+15555550100');
    expect(await users.api.getUser(created.id)).toMatchObject({ id: created.id, username: 'lin' });

    now += 1_000;
    const changed = await users.api.updateUser(created.id, {
      firstName: 'Linda',
      username: '',
      primaryEmailAddressID: created.primaryEmailAddressId ?? '',
    });
    expect(changed).toMatchObject({ fullName: 'Linda Loom', username: null, updatedAt: now });
    expect(await users.api.deleteUser(created.id)).toMatchObject({ deleted: true });
    await expect(users.api.getUser(created.id)).rejects.toMatchObject({ status: 404 });
  });

  it('merges metadata deeply, or replaces it', async () => {
    const { id } = emulator.users.create({
      emailAddress: 'metadata@example.com',
      publicMetadata: { a: { b: 1, c: [1] }, d: 1 },
      privateMetadata: { kept: true },
    });
    const merged = await users.api.updateUserMetadata(id, {
      publicMetadata: { a: { b: null, e: 2 }, d: null },
    });
    expect(merged.publicMetadata).toEqual({ a: { c: [1], e: 2 } });
    const replaced = await users.api.replaceUserMetadata(id, { publicMetadata: { f: 3 } });
    expect(replaced.publicMetadata).toEqual({ f: 3 });
    expect(replaced.privateMetadata).toEqual({ kept: true });

    const half = 'x'.repeat(5_000);
    await users.api.updateUserMetadata(id, { unsafeMetadata: { one: half } });
    await expect(
      users.api.updateUserMetadata(id, { unsafeMetadata: { two: half } }),
    ).rejects.toMatchObject({ status: 422 });
  });

  it('bans and unbans, which ends the sessions, and locks and unlocks, which does not', async () => {
    const { id } = emulator.users.create({ emailAddress: 'banned@example.com' });
    const session = emulator.sessions.create({ user: id });
    expect(await users.api.lockUser(id)).toMatchObject({ locked: true });
    expect(await users.api.unlockUser(id)).toMatchObject({ locked: false });
    expect(emulator.sessions.get(session.id).status).toBe('active');
    expect(await users.api.banUser(id)).toMatchObject({ banned: true });
    expect(emulator.sessions.get(session.id).status).toBe('revoked');
    expect(await users.api.unbanUser(id)).toMatchObject({ banned: false });
  });

  it('ends the sessions of a deleted user', async () => {
    const { id } = emulator.users.create({ emailAddress: 'gone@example.com' });
    const session = emulator.sessions.create({ user: id });
    await users.api.deleteUser(id);
    expect(emulator.sessions.get(session.id).status).toBe('revoked');
  });

  it('reads memberships and tokens of connected accounts', async () => {
    const { id } = emulator.users.get('ada@example.com');
    const memberships = await users.api.getOrganizationMembershipList({ userId: id });
    expect(memberships.data.map(({ organization }) => organization.slug)).toEqual([
      'analytical-engines',
    ]);
    emulator.externalAccounts.connect({ user: id, provider: 'google' });
    const tokens = await users.api.getUserOauthAccessToken(id, 'google');
    expect(tokens.totalCount).toBe(1);
    expect(tokens.data[0]?.provider).toBe('oauth_google');
  });

  describe('in lists', () => {
    let other: ClerkEmulator;
    let api: Users;
    let time = 1_000;
    const names = async (params: Parameters<Users['getUserList']>[0]) => {
      const { data, totalCount } = await api.getUserList(params);
      if (params?.limit === undefined) expect(totalCount).toBe(data.length);
      return data.map(({ firstName }) => firstName);
    };

    beforeAll(async () => {
      other = await startClerkEmulator({ seed: false, now: () => time });
      api = sdkOf(other).users;
      const create = (firstName: string, input: object = {}) => {
        time += 1_000;
        const emailAddress = `${firstName}@example.com`;
        return other.users.create({ emailAddress, firstName, ...input }).id;
      };
      const first = create('Bea', { id: 'user_bea', username: 'zoe', externalId: 'b1' });
      const second = create('Ann', {
        id: 'user_ann',
        phoneNumber: '+15555550101',
        lastName: 'Zed',
      });
      create('Cid', { id: 'user_cid', externalId: 'c1', banned: true });
      const organization = other.organizations.create({ name: 'Looms' }).id;
      other.organizations.addMember({ organization, user: first });
      other.users.update(second, { lastSignInAt: 10_000 });
      other.users.update(first, { lastSignInAt: 20_000 });
    });
    afterAll(() => other.close());

    it('are ordered, newest first unless another order is asked for', async () => {
      expect(await names({})).toEqual(['Cid', 'Ann', 'Bea']);
      expect(await names({ orderBy: '+created_at' })).toEqual(['Bea', 'Ann', 'Cid']);
      expect(await names({ orderBy: 'first_name' })).toEqual(['Ann', 'Bea', 'Cid']);
      expect(await names({ orderBy: '-email_address' })).toEqual(['Cid', 'Bea', 'Ann']);
      expect(await names({ orderBy: '-username', limit: 1 })).toEqual(['Bea']);
      expect(await names({ orderBy: '-last_name', limit: 1 })).toEqual(['Ann']);
      expect(await names({ orderBy: '-phone_number', limit: 1 })).toEqual(['Ann']);
      expect(await names({ orderBy: '+last_sign_in_at' })).toEqual(['Cid', 'Ann', 'Bea']);
      expect(await names({ orderBy: '-last_active_at' })).toEqual(['Bea', 'Ann', 'Cid']);
      expect(await names({ orderBy: '+created_at', limit: 1, offset: 1 })).toEqual(['Ann']);
    });

    it.each<[string, Parameters<Users['getUserList']>[0], string[]]>([
      ['address', { emailAddress: ['ann@example.com', 'none@example.com'] }, ['Ann']],
      ['phone', { phoneNumber: ['+15555550101'] }, ['Ann']],
      ['username', { username: ['zoe'] }, ['Bea']],
      ['id', { userId: ['user_bea', 'user_cid'] }, ['Cid', 'Bea']],
      ['excluded id', { userId: ['-user_bea'] }, ['Cid', 'Ann']],
      ['external id', { externalId: ['c1'] }, ['Cid']],
      ['query, an address', { query: 'CID@' }, ['Cid']],
      ['query, a phone number', { query: '0101' }, ['Ann']],
      ['query, a name', { query: 'ann zed' }, ['Ann']],
      ['creation', { createdAtAfter: 2_000, createdAtBefore: 4_000 }, ['Ann']],
      ['sign-in', { lastSignInAtAfter: 10_000 }, ['Bea']],
      ['earlier sign-in', { lastSignInAtBefore: 20_000 }, ['Ann']],
      ['activity', { lastActiveAtAfter: 9_999, lastActiveAtBefore: 10_001 }, ['Ann']],
      ['activity since', { last_active_at_since: 20_000 }, ['Bea']],
    ])('are filtered by %s, and counted', async (_, params, expected) => {
      expect(await names(params)).toEqual(expected);
    });

    it('are filtered by organization', async () => {
      const [{ id } = { id: '' }] = (await sdkOf(other).organizations.getOrganizationList()).data;
      expect(await names({ organizationId: [id] })).toEqual(['Bea']);
      expect(await names({ organizationId: [`-${id}`] })).toEqual(['Cid', 'Ann']);
    });

    it('are counted', async () => {
      expect(await users.api.getCount({ query: 'nobody at all' })).toBe(0);
      expect((await users.api.getUserList({ emailAddress: ['ada@example.com'] })).totalCount).toBe(
        1,
      );
    });

    it.each(['web3Wallet', 'startingAfter'])('are 501 with the filter %s', async (name) => {
      const code = 'emulator_unsupported_parameter';
      await expectUnsupported(() => api.getUserList({ [name]: ['x'] }), code);
    });

    it('are 501 with an order that the emulator does not have', async () => {
      await expectUnsupported(
        () => api.getUserList({ orderBy: 'web3wallet' }),
        'emulator_unsupported_parameter',
      );
    });
  });

  it('refuses what Clerk refuses', async () => {
    const emailAddress = ['new@example.com'];
    emulator.users.update('ada@example.com', { externalId: 'ada-1', phoneNumber: '+15555550102' });
    const taken = { status: 422, errors: [{ code: 'form_identifier_exists' }] };
    for (const params of [
      { emailAddress: ['ADA@example.com'] },
      { emailAddress, username: 'ADA' },
      { emailAddress, externalId: 'ada-1' },
      { emailAddress, phoneNumber: ['+15555550102'] },
    ]) {
      await expect(users.api.createUser(params), JSON.stringify(params)).rejects.toMatchObject(
        taken,
      );
    }
    for (const params of [
      { firstName: 'Nobody' },
      { emailAddress: ['not an address'] },
      { emailAddress, phoneNumber: ['12'] },
      { emailAddress, publicMetadata: { large: 'x'.repeat(9_000) } },
    ]) {
      await expect(users.api.createUser(params), JSON.stringify(params)).rejects.toMatchObject({
        status: 422,
      });
    }
    const { id } = emulator.users.get('grace@example.com');
    await expect(users.api.updateUser(id, { username: 'ada' })).rejects.toMatchObject(taken);
    await expect(
      users.api.updateUser(id, { primaryEmailAddressID: 'idn_1' }),
    ).rejects.toMatchObject({ status: 404 });
    expect(emulator.users.find('new@example.com')).toBeUndefined();
  });

  it.each<[string, Parameters<Users['createUser']>[0]]>([
    ['password', { password: 'correct horse' }],
    ['totpSecret', { totpSecret: 'x' }],
    ['backupCodes', { backupCodes: ['x'] }],
    ['two addresses', { emailAddress: ['a@example.com', 'b@example.com'] }],
    ['legalAcceptedAt', { legalAcceptedAt: new Date(0) }],
  ])('answers a new user with %s with 501', async (_, params) => {
    const input = { emailAddress: ['unsupported@example.com'], ...params };
    await expectUnsupported(() => users.api.createUser(input), 'emulator_unsupported_parameter');
    expect(emulator.users.find('unsupported@example.com')).toBeUndefined();
  });

  it('answers with 501 what the emulator does not have', async () => {
    const { id } = emulator.users.get('ada@example.com');
    const image = new Blob([await readFile(import.meta.filename)]);
    const one = { userId: id };
    for (const call of [
      () => users.api.replaceUserEmailAddress(id, { emailAddress: 'x@example.com' } as never),
      () => users.api.replaceUserPhoneNumber(id, { phoneNumber: '+15555550103' } as never),
      () => users.api.updateUserProfileImage(id, { file: image }),
      () => users.api.disableUserMFA(id),
      () => users.api.removePassword(id),
      () => users.api.verifyPassword({ ...one, password: 'x' }),
      () => users.api.verifyTOTP({ ...one, code: '1' }),
      () => users.api.deleteUserProfileImage(id),
      () => users.api.deleteUserPasskey({ ...one, passkeyIdentificationId: 'idn_1' }),
      () => users.api.deleteUserWeb3Wallet({ ...one, web3WalletIdentificationId: 'idn_1' }),
      () => users.api.deleteUserExternalAccount({ ...one, externalAccountId: 'eac_1' }),
      () => users.api.deleteUserBackupCodes(id),
      () => users.api.deleteUserTOTP(id),
      () => users.api.setPasswordCompromised(id),
      () => users.api.unsetPasswordCompromised(id),
    ]) {
      await expectUnsupported(call);
    }
  });

  it('lists the invitations of a user to organizations', async () => {
    const { emailAddress, id } = emulator.users.create({ emailAddress: 'invited@example.com' });
    const organization = emulator.organizations.get('analytical-engines');
    const membership = { organizationId: organization.id, role: 'org:member' };
    const invitation = emulator.invitations.create({ emailAddress, membership });
    const { data, totalCount } = await users.api.getOrganizationInvitationList({ userId: id });
    expect([data.map((one) => one.id), totalCount]).toEqual([[invitation.id], 1]);
    expect(data[0]?.publicOrganizationData?.slug).toBe('analytical-engines');
  });

  it('has or refuses every method of the SDK', () => {
    expect(users.uncalled()).toEqual([]);
  });
});

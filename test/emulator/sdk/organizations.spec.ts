import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../../../src/emulator/index.js';
import { expectUnsupported, recorded, sdkOf } from './support.js';

let emulator: ClerkEmulator;
let organizationId: string;

beforeAll(async () => {
  emulator = await startClerkEmulator();
  organizationId = emulator.organizations.get('analytical-engines').id;
});
afterAll(() => emulator.close());

const idOf = (name: string): string => emulator.users.get(`${name}@example.com`).id;

describe('clerk.organizations', () => {
  let organizations: ReturnType<typeof recorded<ReturnType<typeof sdkOf>['organizations']>>;

  beforeAll(() => {
    organizations = recorded(sdkOf(emulator).organizations);
  });

  it('creates, reads, lists, changes and deletes organizations', async () => {
    const { api } = organizations;
    const created = await api.createOrganization({
      name: 'Looms',
      createdBy: idOf('grace'),
      publicMetadata: { a: { b: 1 } },
      maxAllowedMemberships: 3,
    });
    expect(created).toMatchObject({ slug: 'looms', maxAllowedMemberships: 3 });
    const one = await api.getOrganization({ slug: 'looms', includeMembersCount: true });
    expect([one.id, one.membersCount]).toEqual([created.id, 1]);
    const list = await api.getOrganizationList({ query: 'LOO', orderBy: '+name' });
    expect(list.data.map(({ id }) => id)).toEqual([created.id]);
    await api.updateOrganizationMetadata(created.id, { publicMetadata: { a: { c: 2 } } });
    await api.replaceOrganizationMetadata(created.id, { privateMetadata: { d: 3 } });
    const updated = await api.updateOrganization(created.id, { name: 'Mills' });
    expect(updated).toMatchObject({
      name: 'Mills',
      publicMetadata: { a: { b: 1, c: 2 } },
      privateMetadata: { d: 3 },
    });
    // A second organization of the name gets a slug of its own.
    const again = await api.createOrganization({ name: 'Looms' });
    expect(again.slug).toMatch(/^looms-\w+$/);
    await api.deleteOrganization(created.id);
    await expect(api.getOrganization({ organizationId: created.id })).rejects.toMatchObject({
      status: 404,
    });
  });

  it('creates, lists, changes and deletes memberships', async () => {
    const { api } = organizations;
    const membership = { organizationId, userId: idOf('katherine') };
    const created = await api.createOrganizationMembership({ ...membership, role: 'org:member' });
    expect(created.permissions).toContain('org:notes:read');
    const changed = await api.updateOrganizationMembership({ ...membership, role: 'org:admin' });
    expect(changed.permissions).toContain('org:notes:write');
    const merged = await api.updateOrganizationMembershipMetadata({
      ...membership,
      publicMetadata: { desk: 1 },
    });
    expect(merged.publicMetadata).toEqual({ desk: 1 });
    const names = async (query: object): Promise<readonly unknown[]> => {
      const { data } = await api.getOrganizationMembershipList({ organizationId, ...query });
      return data.map(({ publicUserData }) => publicUserData?.firstName);
    };
    expect(await names({ orderBy: '+first_name' })).toEqual(['Ada', 'Grace', 'Katherine']);
    expect(await names({ role: ['org:member'] })).toEqual(['Grace']);
    expect(await names({ query: 'hopper' })).toEqual(['Grace']);
    expect(await names({ userId: [idOf('ada')] })).toEqual(['Ada']);
    expect(await names({ createdAtBefore: 1 })).toEqual([]);
    const all = await api.getInstanceOrganizationMembershipList({ limit: 1 });
    expect(all.totalCount).toBe(3);
    await api.deleteOrganizationMembership(membership);
    expect(await names({})).toHaveLength(2);
    const web3Wallet = ['0x1'];
    await expectUnsupported(
      () => api.getOrganizationMembershipList({ organizationId, web3Wallet }),
      'emulator_unsupported_parameter',
    );
  });

  it('creates, reads, lists and revokes invitations, which a user may accept', async () => {
    const { api } = organizations;
    const role = 'org:member';
    const invitation = await api.createOrganizationInvitation({
      organizationId,
      emailAddress: 'katherine@example.com',
      role,
      inviterUserId: idOf('ada'),
      publicMetadata: { desk: 2 },
    });
    const [other] = (
      await api.createOrganizationInvitationBulk(organizationId, [
        { emailAddress: 'lin@example.com', role },
      ])
    ).data;
    const invitationId = other?.id ?? '';
    const status = async (): Promise<string | undefined> =>
      (await api.getOrganizationInvitation({ organizationId, invitationId })).status;
    expect(await status()).toBe('pending');
    await api.revokeOrganizationInvitation({ organizationId, invitationId });
    expect(await status()).toBe('revoked');
    emulator.invitations.accept(invitation.id, 'katherine@example.com');
    expect(() => emulator.invitations.accept(invitation.id, idOf('ada'))).toThrow(/is accepted/);
    const list = await api.getOrganizationInvitationList({
      organizationId,
      status: ['accepted', 'revoked'],
    });
    expect(list.totalCount).toBe(2);
    const membership = emulator.organizations.membership(organizationId, idOf('katherine'));
    expect(membership).toMatchObject({ role, publicMetadata: { desk: 2 } });
  });

  it('has neither logos nor domains', async () => {
    const { api } = organizations;
    const domain = { organizationId, domainId: 'orgdmn_1' };
    const settings = { name: 'example.com', enrollmentMode: 'manual_invitation' } as const;
    for (const call of [
      () => api.updateOrganizationLogo(organizationId, { file: new Blob(['x']) }),
      () => api.deleteOrganizationLogo(organizationId),
      () => api.getOrganizationDomainList({ organizationId }),
      () => api.createOrganizationDomain({ organizationId, ...settings }),
      () => api.updateOrganizationDomain({ ...domain, ...settings }),
      () => api.deleteOrganizationDomain(domain),
    ]) {
      await expectUnsupported(call);
    }
  });

  it('has no other method', () => {
    expect(organizations.uncalled()).toEqual([]);
  });
});

describe('clerk.organizationPermissions and clerk.organizationRoles', () => {
  it('create, read, list, change and delete both', async () => {
    const sdk = sdkOf(emulator);
    const permissions = recorded(sdk.organizationPermissions);
    const roles = recorded(sdk.organizationRoles);
    const use = await permissions.api.createOrganizationPermission({
      name: 'Use looms',
      key: 'org:looms:use',
    });
    const permissionId = use.id;
    expect((await permissions.api.getOrganizationPermission(permissionId)).key).toBe(use.key);
    const role = await roles.api.createOrganizationRole({
      name: 'Weaver',
      key: 'org:weaver',
      permissions: [permissionId],
    });
    const organizationRoleId = role.id;
    const keys = async (): Promise<readonly string[]> =>
      (await roles.api.getOrganizationRole(organizationRoleId)).permissions.map(({ key }) => key);
    const changed = { permissionId, key: 'org:looms:drive' };
    await permissions.api.updateOrganizationPermission(changed);
    expect(await keys()).toEqual(['org:looms:drive']);
    await roles.api.removePermissionFromOrganizationRole({ organizationRoleId, permissionId });
    expect(await keys()).toEqual([]);
    await roles.api.assignPermissionToOrganizationRole({ organizationRoleId, permissionId });
    expect(await keys()).toEqual(['org:looms:drive']);
    const renamed = await roles.api.updateOrganizationRole({ organizationRoleId, name: 'Spinner' });
    expect(renamed).toMatchObject({ name: 'Spinner', key: 'org:weaver' });
    const list = await roles.api.getOrganizationRoleList({ orderBy: '+key' });
    expect(list.data.map(({ key }) => key)).toEqual(['org:admin', 'org:member', 'org:weaver']);
    const found = await permissions.api.getOrganizationPermissionList({ query: 'looms' });
    expect(found.totalCount).toBe(1);
    await permissions.api.deleteOrganizationPermission(permissionId);
    expect(await keys()).toEqual([]);
    await roles.api.deleteOrganizationRole(organizationRoleId);
    await expect(keys()).rejects.toMatchObject({ status: 404 });
    expect([...permissions.uncalled(), ...roles.uncalled()]).toEqual([]);
  });

  it('are those of the seed', async () => {
    const seeded = await startClerkEmulator({
      seed: {
        users: [{ emailAddress: 'lin@example.com' }],
        organizations: [{ name: 'Looms' }],
        roles: [{ key: 'org:weaver', permissions: ['org:looms:use'] }],
        memberships: [{ organization: 'looms', user: 'lin@example.com', role: 'org:weaver' }],
      },
    });
    const { data } = await sdkOf(seeded).users.getOrganizationMembershipList({
      userId: seeded.users.get('lin@example.com').id,
    });
    expect(data[0]?.permissions).toEqual(['org:looms:use']);
    await seeded.close();
  });
});

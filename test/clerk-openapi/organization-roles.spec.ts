import { describe, expect, it } from 'vitest';
import { clerkUnderTest, expectRefusal } from './support.js';

const NOT_FOUND = 'resource_not_found';
const INVALID = 'form_param_value_invalid';

describe('Permissions of organizations', () => {
  const clerk = clerkUnderTest();
  const path = '/v1/organization_permissions';

  it('are created, read, listed, changed and deleted', async () => {
    const input = { name: 'Use looms', key: 'org:looms:use', description: 'All of them' };
    const { status, body } = await clerk.post(path, input);
    expect([status, body.type]).toEqual([200, 'user']);
    expect((await clerk.get(`${path}/${body.id}`)).body).toMatchObject(input);
    const query = { query: 'looms', order_by: 'key', limit: 5, offset: 0 };
    expect((await clerk.get(path, { query })).body.total_count).toBe(1);
    const changes = { name: 'Drive looms', key: 'org:looms:drive' };
    expect((await clerk.patch(`${path}/${body.id}`, changes)).body).toMatchObject(changes);
    expect((await clerk.delete(`${path}/${body.id}`)).body.deleted).toBe(true);
    expectRefusal(await clerk.get(`${path}/${body.id}`), 404, NOT_FOUND);
  });

  it('are refused with a key of another form or in use, and those of Clerk never change', async () => {
    const named = (key: string) => clerk.post(path, { name: 'New', key });
    expectRefusal(await named('looms:use'), 422, 'form_param_format_invalid');
    expectRefusal(await named('org:sys_looms:use'), 422, 'form_param_format_invalid');
    expectRefusal(await named('org:notes:read'), 422, 'form_identifier_exists');
    const { data } = (await clerk.get(path, { query: { query: 'org:sys_profile:manage' } })).body;
    const system = `${path}/${data[0].id}`;
    expect(data[0].type).toBe('system');
    expectRefusal(await clerk.patch(system, { name: 'New' }), 403, 'authorization_invalid');
    expectRefusal(await clerk.delete(system), 403, 'authorization_invalid');
    expectRefusal(await clerk.patch(system, { key: 1 }), 422, 'form_param_format_invalid');
    expectRefusal(await clerk.patch(`${path}/perm_none`, { name: 'New' }), 404, NOT_FOUND);
    expectRefusal(await clerk.delete(`${path}/perm_none`), 404, NOT_FOUND);
  });
});

describe('Roles of organizations', () => {
  const clerk = clerkUnderTest();
  const path = '/v1/organization_roles';
  const permission = (key: string) => clerk.emulator.roles.findPermission(key)?.id ?? '';
  const admin = () => clerk.emulator.roles.get('org:admin').id;

  it('are created, read, listed, changed and deleted', async () => {
    const input = { name: 'Weaver', key: 'org:weaver', description: 'At the loom' };
    const { status, body } = await clerk.post(path, {
      ...input,
      permissions: [permission('org:notes:read')],
      include_in_initial_role_set: true,
    });
    expect([status, body.is_creator_eligible]).toEqual([200, false]);
    const one = `${path}/${body.id}`;
    expect((await clerk.get(one)).body).toMatchObject(input);
    const query = { query: 'weaver', order_by: '-name', limit: 5, offset: 0 };
    expect((await clerk.get(path, { query })).body.total_count).toBe(1);
    const changed = await clerk.patch(one, { name: 'Spinner', permissions: [] });
    expect(changed.body).toMatchObject({ ...input, name: 'Spinner', permissions: [] });
    expect((await clerk.delete(one)).body.deleted).toBe(true);
  });

  it('get and lose permissions, and their members with them', async () => {
    const { roles, organizations, users } = clerk.emulator;
    const { id } = roles.define({ key: 'org:carder', permissions: ['org:notes:read'] });
    const organization = organizations.get('analytical-engines').id;
    const user = users.get('katherine@example.com').id;
    organizations.addMember({ organization, user, role: 'org:carder' });
    const write = `${path}/${id}/permissions/${permission('org:notes:write')}`;
    expect((await clerk.post(write)).body.permissions).toHaveLength(2);
    const permissions = () => organizations.membership(organization, user)?.permissions;
    expect(permissions()).toEqual(['org:notes:read', 'org:notes:write']);
    expectRefusal(await clerk.post(write), 409, 'resource_conflict');
    expect((await clerk.delete(write)).body.permissions).toHaveLength(1);
    expect(permissions()).toEqual(['org:notes:read']);
    expectRefusal(await clerk.delete(write), 404, NOT_FOUND);
    expectRefusal(await clerk.post(`${path}/${id}/permissions/perm_none`), 404, NOT_FOUND);
    await clerk.patch(`${path}/${id}`, { key: 'org:comber' });
    expect(organizations.membership(organization, user)?.role).toBe('org:comber');
    expectRefusal(await clerk.delete(`${path}/${id}`), 422, INVALID);
  });

  it('are refused with a key in use, unknown permissions, and what creators need', async () => {
    const taken = { name: 'Admin', key: 'org:admin' };
    expectRefusal(await clerk.post(path, taken), 422, 'form_identifier_exists');
    expectRefusal(await clerk.post(path, {}), 422, 'form_param_missing');
    const unknown = { name: 'X', key: 'org:x', permissions: ['perm_none'] };
    expectRefusal(await clerk.post(path, unknown), 404, NOT_FOUND);
    const outside = { name: 'X', key: 'org:x', include_in_initial_role_set: false };
    expectRefusal(await clerk.post(path, outside), 501, 'emulator_unsupported_parameter');
    expectRefusal(await clerk.patch(`${path}/${admin()}`, { permissions: [] }), 422, INVALID);
    const needed = permission('org:sys_profile:delete');
    expectRefusal(await clerk.delete(`${path}/${admin()}/permissions/${needed}`), 422, INVALID);
    const renamed = await clerk.patch(`${path}/${admin()}`, { key: 'org:owner' });
    expectRefusal(renamed, 403, 'authorization_invalid');
    expectRefusal(await clerk.delete(`${path}/${admin()}`), 403, 'authorization_invalid');
  });

  it('are not found by an unknown id', async () => {
    const none = `${path}/role_none`;
    expectRefusal(await clerk.get(none), 404, NOT_FOUND);
    expectRefusal(await clerk.patch(none, { name: 'New' }), 404, NOT_FOUND);
    expectRefusal(await clerk.delete(none), 404, NOT_FOUND);
  });
});

import { describe, expect, it } from 'vitest';
import { clerkUnderTest, expectRefusal } from './support.js';

const NOT_FOUND = 'resource_not_found';
const UNKNOWN_FIELD = 'form_param_unknown';

describe('Organizations', () => {
  const clerk = clerkUnderTest();
  const path = '/v1/organizations';

  it('are created, read by id and by slug, listed, changed and deleted', async () => {
    const created_by = clerk.emulator.users.get('grace@example.com').id;
    const created = await clerk.post(path, {
      name: 'Looms',
      created_by,
      slug: 'looms',
      max_allowed_memberships: 7,
      created_at: '2020-01-02T03:04:05.000Z',
      public_metadata: { since: 1785 },
      private_metadata: {},
    });
    const { id } = created.body;
    expect([created.status, created.body.max_allowed_memberships]).toEqual([200, 7]);
    expect(created.body.created_at).toBe(Date.parse('2020-01-02T03:04:05.000Z'));
    const one = await clerk.get(`${path}/looms`, { query: { include_members_count: true } });
    expect(one.body).toMatchObject({ id, members_count: 1, created_by });
    expect((await clerk.get(`${path}/${id}`)).body).not.toHaveProperty('members_count');
    const query = { limit: 5, offset: 0, query: 'loo', order_by: '-members_count' };
    expect((await clerk.get(path, { query })).body.total_count).toBe(1);
    const filter = { user_id: [`+${created_by}`], organization_id: [`-${id}`] };
    const other = await clerk.get(path, { query: filter });
    expect(other.body.data.map(({ slug }: { slug: string }) => slug)).toEqual([
      'analytical-engines',
    ]);
    const changes = { name: 'Mills', slug: 'mills', admin_delete_enabled: false };
    expect((await clerk.patch(`${path}/${id}`, changes)).body).toMatchObject(changes);
    expect((await clerk.delete(`${path}/${id}`)).body).toMatchObject({ id, deleted: true });
  });

  it('have metadata, to merge and to replace', async () => {
    const { id } = clerk.emulator.organizations.create({
      name: 'Forge',
      publicMetadata: { a: { b: 1, c: 2 } },
    });
    const merged = await clerk.patch(`${path}/${id}/metadata`, {
      public_metadata: { a: { b: null, d: 3 } },
    });
    expect(merged.body.public_metadata).toEqual({ a: { c: 2, d: 3 } });
    const replaced = await clerk.put(`${path}/${id}/metadata`, { private_metadata: { x: 1 } });
    expect(replaced.body).toMatchObject({
      public_metadata: { a: { c: 2, d: 3 } },
      private_metadata: { x: 1 },
    });
    for (const method of ['PATCH', 'PUT']) {
      const body = { public_metadata: 'text' };
      expectRefusal(
        await clerk.call(method, `${path}/${id}/metadata`, { body }),
        422,
        'form_param_format_invalid',
      );
      expectRefusal(
        await clerk.call(method, `${path}/org_none/metadata`, { body: {} }),
        404,
        NOT_FOUND,
      );
    }
  });

  it('are not found by an unknown id', async () => {
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const body = method === 'PATCH' ? { body: { name: 'New' } } : {};
      expectRefusal(await clerk.call(method, `${path}/org_none`, body), 404, NOT_FOUND);
    }
  });

  it('are refused without a name, with a slug in use, and with unknown fields', async () => {
    expectRefusal(await clerk.post(path, {}), 422, 'form_param_missing');
    const taken = { name: 'Engines', slug: 'analytical-engines' };
    expectRefusal(await clerk.post(path, taken), 422, 'form_identifier_exists');
    const unknown = await clerk.patch(`${path}/analytical-engines`, { colour: 'red' });
    expectRefusal(unknown, 422, UNKNOWN_FIELD);
    expectRefusal(
      await clerk.patch(`${path}/analytical-engines`, { role_set_key: 'role_set:x' }),
      501,
      'emulator_unsupported_parameter',
    );
  });
});

describe('Memberships', () => {
  const clerk = clerkUnderTest();
  const path = '/v1/organizations/analytical-engines/memberships';
  const idOf = (name: string) => clerk.emulator.users.get(`${name}@example.com`).id;

  it('are created, listed, changed and deleted', async () => {
    const user_id = idOf('katherine');
    const input = { user_id, role: 'org:member', public_metadata: { desk: 1 } };
    const { status, body } = await clerk.post(path, input);
    expect([status, body.role_name]).toEqual([200, 'Member']);
    const query = {
      limit: 5,
      offset: 0,
      order_by: '+first_name',
      role: ['org:member'],
      query: 'example.com',
      user_id: [user_id, idOf('ada')],
      email_address_query: 'KATH',
    };
    expect((await clerk.get(path, { query })).body.data).toHaveLength(1);
    const changed = await clerk.patch(`${path}/${user_id}`, { role: 'org:admin' });
    expect(changed.body).toMatchObject({ role: 'org:admin', public_metadata: { desk: 1 } });
    const merged = await clerk.patch(`${path}/${user_id}/metadata`, {
      public_metadata: { chair: 2 },
    });
    expect(merged.body).toMatchObject({
      role: 'org:admin',
      public_metadata: { desk: 1, chair: 2 },
    });
    const all = { query: { order_by: '-email_address', limit: 2, offset: 0 } };
    expect((await clerk.get('/v1/organization_memberships', all)).body.total_count).toBe(3);
    expect((await clerk.delete(`${path}/${user_id}`)).status).toBe(200);
    expect((await clerk.get(path)).body.total_count).toBe(2);
  });

  it('are refused in an unknown organization, for an unknown user, and without a role', async () => {
    const role = { role: 'org:admin' };
    const elsewhere = '/v1/organizations/org_none/memberships';
    const wanted = { user_id: idOf('katherine'), role: 'org:member' };
    expectRefusal(await clerk.get(elsewhere), 404, NOT_FOUND);
    expectRefusal(await clerk.post(elsewhere, wanted), 404, NOT_FOUND);
    expectRefusal(await clerk.post(path, { ...wanted, user_id: 'user_none' }), 404, NOT_FOUND);
    expectRefusal(await clerk.patch(`${path}/user_none`, role), 404, NOT_FOUND);
    expectRefusal(await clerk.patch(`${path}/user_none/metadata`, {}), 404, NOT_FOUND);
    expectRefusal(await clerk.delete(`${path}/user_none`), 404, NOT_FOUND);
    expectRefusal(await clerk.patch(`${path}/${idOf('ada')}`, {}), 422, 'form_param_missing');
    expectRefusal(
      await clerk.patch(`${path}/${idOf('ada')}/metadata`, { colour: 'red' }),
      422,
      UNKNOWN_FIELD,
    );
    for (const unknown of [
      await clerk.patch(`${path}/${idOf('ada')}`, { role: 'org:weaver' }),
      await clerk.post(path, { ...wanted, role: 'org:weaver' }),
    ]) {
      expectRefusal(unknown, 422, 'form_param_value_invalid');
    }
  });

  it('are refused twice, and beyond the limit of the organization', async () => {
    const twice = { user_id: idOf('ada'), role: 'org:member' };
    expectRefusal(await clerk.post(path, twice), 400, 'already_a_member_in_organization');
    clerk.emulator.organizations.update('analytical-engines', { maxAllowedMemberships: 2 });
    const third = { user_id: idOf('katherine'), role: 'org:member' };
    expectRefusal(await clerk.post(path, third), 403, 'organization_membership_quota_exceeded');
    clerk.emulator.organizations.update('analytical-engines', { maxAllowedMemberships: 0 });
    expect((await clerk.post(path, third)).status).toBe(200);
  });
});

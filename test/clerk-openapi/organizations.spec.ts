import { describe, expect, it } from 'vitest';
import { clerkUnderTest, expectRefusal } from './support.js';

const NOT_FOUND = 'resource_not_found';

describe('Organizations', () => {
  const clerk = clerkUnderTest();
  const path = '/v1/organizations';

  it('are read by id and by slug, listed and deleted', async () => {
    const { id } = clerk.emulator.organizations.create({ name: 'Looms', slug: 'looms' });
    const { status, body } = await clerk.get(`${path}/looms`);
    expect([status, body.id]).toEqual([200, id]);
    expect((await clerk.get(`${path}/${id}`)).body.slug).toBe('looms');
    const query = { limit: 5, offset: 0 };
    expect((await clerk.get(path, { query })).body.total_count).toBe(2);
    expect((await clerk.delete(`${path}/${id}`)).body).toMatchObject({ id, deleted: true });
  });

  it('are not found by an unknown id', async () => {
    for (const method of ['GET', 'DELETE']) {
      expectRefusal(await clerk.call(method, `${path}/org_none`), 404, NOT_FOUND);
    }
  });
});

describe('Memberships', () => {
  const clerk = clerkUnderTest();
  const path = '/v1/organizations/analytical-engines/memberships';
  const grace = () => clerk.emulator.users.get('grace@example.com').id;

  it('are listed, changed and deleted', async () => {
    const query = { limit: 5, offset: 0 };
    expect((await clerk.get(path, { query })).body.total_count).toBe(2);
    const { body } = await clerk.patch(`${path}/${grace()}`, { role: 'org:admin' });
    expect(body.role).toBe('org:admin');
    expect((await clerk.delete(`${path}/${grace()}`)).status).toBe(200);
    expect((await clerk.get(path)).body.total_count).toBe(1);
  });

  it('are refused in an unknown organization, for an unknown user, and without a role', async () => {
    const role = { role: 'org:admin' };
    expectRefusal(await clerk.patch(`${path}/user_none`, role), 404, NOT_FOUND);
    expectRefusal(await clerk.delete(`${path}/user_none`), 404, NOT_FOUND);
    const { id } = clerk.emulator.users.get('ada@example.com');
    expectRefusal(await clerk.patch(`${path}/${id}`, {}), 422, 'form_param_missing');
    expectRefusal(await clerk.get('/v1/organizations/org_none/memberships'), 404, NOT_FOUND);
  });
});

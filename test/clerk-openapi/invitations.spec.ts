import { describe, expect, it } from 'vitest';
import { clerkUnderTest, expectRefusal } from './support.js';

const NOT_FOUND = 'resource_not_found';

describe('Invitations to an organization', () => {
  const clerk = clerkUnderTest();
  const path = '/v1/organizations/analytical-engines/invitations';
  const idOf = (name: string) => clerk.emulator.users.get(`${name}@example.com`).id;
  const invite = (email_address: string, more: object = {}) =>
    clerk.post(path, { email_address, role: 'org:member', ...more });

  it('are created, read, listed and revoked', async () => {
    const { status, body } = await invite('Lin@example.com', {
      inviter_user_id: idOf('ada'),
      public_metadata: { desk: 1 },
      private_metadata: {},
      redirect_url: 'https://example.com/welcome',
      expires_in_days: 3,
      notify: false,
    });
    expect([status, body.status, body.email_address]).toEqual([200, 'pending', 'lin@example.com']);
    expect(body.public_inviter_data.first_name).toBe('Ada');
    expect(body.expires_at - body.created_at).toBe(3 * 86_400_000);
    const one = `${path}/${body.id}`;
    expect((await clerk.get(one)).body.id).toBe(body.id);
    const page = { limit: 5, offset: 0 };
    const query = { ...page, email_address: 'lin@example.com', order_by: '+email_address' };
    expect((await clerk.get(path, { query })).body.total_count).toBe(1);
    expect((await clerk.get(`${path}/pending`, { query: page })).body.total_count).toBe(1);
    const all = { query: { ...page, query: 'lin', status: 'pending', order_by: '-created_at' } };
    const { data } = (await clerk.get('/v1/organization_invitations', all)).body;
    expect(data[0].public_organization_data.slug).toBe('analytical-engines');
    clerk.emulator.users.create({ emailAddress: 'lin@example.com', id: 'user_lin' });
    const ofUser = '/v1/users/user_lin/organization_invitations';
    const own = await clerk.get(ofUser, { query: { ...page, status: 'pending' } });
    expect(own.body.data.map((invitation: { id: string }) => invitation.id)).toEqual([body.id]);
    expect((await clerk.get(ofUser, { query: { status: 'accepted' } })).body.total_count).toBe(0);
    expectRefusal(await clerk.get('/v1/users/user_none/organization_invitations'), 404, NOT_FOUND);
    clerk.emulator.users.delete('user_lin');
    const revoked = await clerk.post(`${one}/revoke`, { requesting_user_id: idOf('ada') });
    expect(revoked.body.status).toBe('revoked');
    expectRefusal(await clerk.post(`${one}/revoke`, {}), 400, 'invitation_not_pending');
    expect((await clerk.get(path, { query: { status: 'revoked' } })).body.total_count).toBe(1);
  });

  it('are created together, or none of them', async () => {
    const [kim, ann] = ['kim@example.com', 'ann@example.com'].map((email_address) => ({
      email_address,
      role: 'org:admin',
    }));
    expectRefusal(await clerk.post(`${path}/bulk`, [kim, kim]), 400, 'duplicate_record');
    expect((await clerk.get(`${path}/pending`)).body.total_count).toBe(0);
    expect((await clerk.post(`${path}/bulk`, [kim, ann])).body.total_count).toBe(2);
    expectRefusal(await clerk.post(`${path}/bulk`, []), 422, 'form_param_format_invalid');
    // Two members, three invitations, and a limit of five.
    expect((await invite('third@example.com')).status).toBe(200);
    const beyond = await invite('fourth@example.com');
    expectRefusal(beyond, 403, 'organization_membership_quota_exceeded');
  });

  it('are refused to members, for unknown roles, by others than administrators', async () => {
    const ada = await invite('ada@example.com');
    expectRefusal(ada, 400, 'already_a_member_in_organization');
    const role = await invite('zoe@example.com', { role: 'org:weaver' });
    expectRefusal(role, 422, 'form_param_value_invalid');
    const byGrace = await invite('zoe@example.com', { inviter_user_id: idOf('grace') });
    expectRefusal(byGrace, 403, 'authorization_invalid');
    expectRefusal(await clerk.post(path, {}), 422, 'form_param_missing');
  });

  it('are not found by an unknown id', async () => {
    const elsewhere = '/v1/organizations/org_none/invitations';
    const body = { email_address: 'zoe@example.com', role: 'org:member' };
    for (const answer of [
      await clerk.get(`${path}/orginv_none`),
      await clerk.post(`${path}/orginv_none/revoke`, {}),
      await clerk.get(elsewhere),
      await clerk.get(`${elsewhere}/pending`),
      await clerk.post(elsewhere, body),
      await clerk.post(`${elsewhere}/bulk`, [body]),
    ]) {
      expectRefusal(answer, 404, NOT_FOUND);
    }
  });
});

describe('Invitations to the instance', () => {
  const clerk = clerkUnderTest();
  const path = '/v1/invitations';

  it('are created, listed and revoked', async () => {
    const { status, body } = await clerk.post(path, {
      email_address: 'lin@example.com',
      public_metadata: { desk: 1 },
      redirect_url: 'https://example.com/welcome',
      notify: true,
      expires_in_days: 365,
    });
    expect([status, body.status]).toEqual([200, 'pending']);
    const query = { status: 'pending', query: 'lin', order_by: '-expires_at', limit: 5, offset: 0 };
    expect((await clerk.get(path, { query })).body).toHaveLength(1);
    const revoked = await clerk.post(`${path}/${body.id}/revoke`);
    expect(revoked.body.revoked).toBe(true);
    expectRefusal(await clerk.post(`${path}/${body.id}/revoke`), 400, 'invitation_not_pending');
    expect((await clerk.get(path)).body).toEqual([]);
  });

  it('are created together', async () => {
    const { body } = await clerk.post(`${path}/bulk`, [
      { email_address: 'ann@example.com' },
      { email_address: 'ada@example.com', ignore_existing: true },
    ]);
    expect(body).toHaveLength(2);
    const again = await clerk.post(`${path}/bulk`, [{ email_address: 'ann@example.com' }]);
    expectRefusal(again, 400, 'duplicate_record');
  });

  it('are refused for users, without an address, with a template, and by an unknown id', async () => {
    const user = await clerk.post(path, { email_address: 'ada@example.com' });
    expectRefusal(user, 422, 'form_identifier_exists');
    expectRefusal(await clerk.post(path, {}), 422, 'form_param_missing');
    expectRefusal(await clerk.post(`${path}/inv_none/revoke`), 404, NOT_FOUND);
    const template = { email_address: 'zoe@example.com', template_slug: 'waitlist_invitation' };
    expectRefusal(await clerk.post(path, template), 501, 'emulator_unsupported_parameter');
  });
});

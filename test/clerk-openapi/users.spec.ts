import { describe, expect, it } from 'vitest';
import { clerkUnderTest, expectRefusal } from './support.js';

const NOT_FOUND = 'resource_not_found';
const UNKNOWN_FIELD = 'form_param_unknown';

describe('Users', () => {
  const clerk = clerkUnderTest();
  const path = '/v1/users';
  let count = 0;
  const create = () => clerk.emulator.users.create({ emailAddress: `user${++count}@example.com` });

  it('are created, read, listed, counted, changed and deleted', async () => {
    const { status, body } = await clerk.post(path, {
      email_address: ['lin@example.com'],
      phone_number: ['+15555550100'],
      username: 'lin',
      first_name: 'Lin',
      external_id: 'lin-1',
      locale: 'en-GB',
      public_metadata: { team: 'looms' },
      created_at: '2026-01-01T00:00:00Z',
      skip_password_requirement: true,
    });
    expect([status, body.external_id, body.phone_numbers.length]).toEqual([200, 'lin-1', 1]);
    const one = `${path}/${body.id}`;
    expect((await clerk.get(one)).body.locale).toBe('en-GB');
    const filter = {
      email_address: ['lin@example.com'],
      phone_number: ['+15555550100'],
      external_id: ['+lin-1'],
      username: ['lin'],
      user_id: [body.id],
      query: 'lin',
      email_address_query: 'LIN',
      phone_number_query: '0100',
      username_query: 'li',
      name_query: 'lin',
      banned: false,
      created_at_before: Date.parse('2026-01-02T00:00:00Z'),
      created_at_after: Date.parse('2025-12-31T00:00:00Z'),
    };
    const query = { ...filter, limit: 5, offset: 0, order_by: '-last_name' };
    const list = await clerk.get(path, { query });
    expect(list.body.map(({ id }: { id: string }) => id)).toEqual([body.id]);
    expect((await clerk.get(`${path}/count`, { query: filter })).body.total_count).toBe(1);
    const changed = await clerk.patch(one, { last_name: 'Loom', username: null });
    expect(changed.body).toMatchObject({ last_name: 'Loom', username: null });
    const address = await clerk.get(`/v1/email_addresses/${body.primary_email_address_id}`);
    expect(address.body.email_address).toBe('lin@example.com');
    const phone = await clerk.get(`/v1/phone_numbers/${body.primary_phone_number_id}`);
    expect(phone.body.phone_number).toBe('+15555550100');
    expect((await clerk.delete(one)).body).toMatchObject({ deleted: true, external_id: 'lin-1' });
  });

  it('have metadata that is merged or replaced', async () => {
    const metadata = `${path}/${create().id}/metadata`;
    expect((await clerk.put(metadata, { public_metadata: { a: { b: 1, c: 2 } } })).status).toBe(
      200,
    );
    const { body } = await clerk.patch(metadata, { public_metadata: { a: { b: null } } });
    expect(body.public_metadata).toEqual({ a: { c: 2 } });
  });

  it('are banned, unbanned, locked and unlocked', async () => {
    const { id } = create();
    for (const [action, state] of [
      ['ban', { banned: true }],
      ['unban', { banned: false }],
      ['lock', { locked: true }],
      ['unlock', { locked: false }],
    ] as const) {
      expect((await clerk.post(`${path}/${id}/${action}`)).body, action).toMatchObject(state);
    }
    const user_ids = [id, create().id];
    for (const [action, banned] of [
      ['ban', true],
      ['unban', false],
    ] as const) {
      const { body } = await clerk.post(`${path}/${action}`, { user_ids });
      expect(body.map((user: { banned: boolean }) => user.banned)).toEqual([banned, banned]);
      expectRefusal(
        await clerk.post(`${path}/${action}`, { user_ids: [id, 'user_1'] }),
        400,
        'form_param_value_invalid',
      );
    }
  });

  it('have memberships', async () => {
    const { id } = clerk.emulator.users.get('ada@example.com');
    const { body } = await clerk.get(`${path}/${id}/organization_memberships`, {
      query: { limit: 5, offset: 0 },
    });
    expect(body.total_count).toBe(1);
    const user = await clerk.get(`${path}/${id}`);
    expect(user.body.organization_memberships).toEqual(body.data);
  });

  it('are refused with unknown or missing fields', async () => {
    const one = `${path}/${create().id}`;
    expectRefusal(await clerk.post(path, { colour: 'red' }), 422, UNKNOWN_FIELD);
    expectRefusal(await clerk.post(path, { first_name: 'Lin' }), 422, 'form_param_missing');
    expectRefusal(await clerk.patch(one, { colour: 'red' }), 422, UNKNOWN_FIELD);
    for (const method of ['PATCH', 'PUT']) {
      const answer = await clerk.call(method, `${one}/metadata`, { body: { colour: 'red' } });
      expectRefusal(answer, 422, UNKNOWN_FIELD);
    }
  });

  it.each([
    ['GET', '/v1/users/user_1'],
    ['PATCH', '/v1/users/user_1', {}],
    ['DELETE', '/v1/users/user_1'],
    ['PATCH', '/v1/users/user_1/metadata', {}],
    ['PUT', '/v1/users/user_1/metadata', {}],
    ['POST', '/v1/users/user_1/ban'],
    ['POST', '/v1/users/user_1/unban'],
    ['POST', '/v1/users/user_1/lock'],
    ['POST', '/v1/users/user_1/unlock'],
    ['GET', '/v1/users/user_1/organization_memberships'],
    ['GET', '/v1/email_addresses/idn_1'],
    ['GET', '/v1/phone_numbers/idn_1'],
  ])('are not found by %s %s', async (method, url, body?: object) => {
    expectRefusal(await clerk.call(method, url, { body }), 404, NOT_FOUND);
  });
});

describe('Sessions', () => {
  const clerk = clerkUnderTest({ jwtTemplates: { notes: { plan: 'pro' } } });
  const path = '/v1/sessions';

  it('are created, read, listed, revoked, and have tokens', async () => {
    const { id: user_id } = clerk.emulator.users.get('ada@example.com');
    const { status, body } = await clerk.post(path, { user_id });
    expect([status, body.status]).toEqual([200, 'active']);
    const one = `${path}/${body.id}`;
    expect((await clerk.get(one)).body.user_id).toBe(user_id);
    const query = { client_id: body.client_id, user_id, status: 'active', limit: 5, offset: 0 };
    expect((await clerk.get(path, { query })).body).toHaveLength(1);
    for (const tokens of [`${one}/tokens`, `${one}/tokens/notes`]) {
      const token = await clerk.post(tokens, { expires_in_seconds: 60 });
      expect(token.body.jwt).toMatch(/^ey/);
      expectRefusal(
        await clerk.post(tokens, { expires_in_seconds: 1 }),
        422,
        'form_param_format_invalid',
      );
    }
    expect((await clerk.post(`${one}/revoke`)).body.status).toBe('revoked');
  });

  it('are refused without a user, and for a user who does not exist', async () => {
    expectRefusal(await clerk.post(path, {}), 422, 'form_param_missing');
    expectRefusal(await clerk.post(path, { user_id: 'user_1' }), 404, NOT_FOUND);
    for (const url of ['/revoke', '/tokens', '/tokens/notes']) {
      expectRefusal(await clerk.post(`${path}/sess_1${url}`), 404, NOT_FOUND);
    }
    expectRefusal(await clerk.get(`${path}/sess_1`), 404, NOT_FOUND);
  });
});

describe('Sign-in tokens, actor tokens and testing tokens', () => {
  const clerk = clerkUnderTest();
  const userId = () => clerk.emulator.users.get('ada@example.com').id;

  it.each([
    ['sign_in', {}],
    ['actor', { actor: { sub: 'user_support' }, session_max_duration_in_seconds: 60 }],
  ])('%s tokens are created, used once, and revoked', async (kind, fields) => {
    const path = `/v1/${kind}_tokens`;
    const input = { user_id: userId(), expires_in_seconds: 60, ...fields };
    const { status, body } = await clerk.post(path, input);
    expect([status, body.status]).toEqual([200, 'pending']);
    const accept = `/v1/tickets/accept?ticket=${body.token}`;
    expect((await clerk.get(accept, { key: null })).status).toBe(200);
    expectRefusal(await clerk.get(accept, { key: null }), 400, 'ticket_invalid');
    expectRefusal(await clerk.post(`${path}/${body.id}/revoke`), 400, 'token_not_pending');
    const { id } = (await clerk.post(path, input)).body;
    expect((await clerk.post(`${path}/${id}/revoke`)).body.status).toBe('revoked');
    expectRefusal(await clerk.post(`${path}/tok_1/revoke`), 404, NOT_FOUND);
    expectRefusal(await clerk.post(path, {}), 422, 'form_param_missing');
  });

  it('testing tokens are created', async () => {
    const { status, body } = await clerk.post('/v1/testing_tokens');
    expect([status, body.object]).toEqual([200, 'testing_token']);
  });
});

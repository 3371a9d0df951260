import { describe, expect, it } from 'vitest';
import { clerkUnderTest, expectRefusal } from './support.js';

const NOT_FOUND = 'resource_not_found';
const INVALID = 'form_param_value_invalid';

describe('Machines', () => {
  const clerk = clerkUnderTest();
  const path = '/v1/machines';
  const create = (name: string) => clerk.emulator.machines.create({ name }).id;

  it('are created, read, listed, changed and deleted', async () => {
    const scoped_machines = [create('receiver')];
    const input = { name: 'sender', scoped_machines, default_token_ttl: 60 };
    const { status, body } = await clerk.post(path, input);
    expect([status, body.scoped_machines[0].name]).toEqual([200, 'receiver']);
    expect((await clerk.get(`${path}/${body.id}`)).body.default_token_ttl).toBe(60);
    const query = { limit: 5, offset: 0, query: 'send', order_by: '-name' };
    expect((await clerk.get(path, { query })).body.total_count).toBe(1);
    const changes = { name: 'courier', default_token_ttl: 30 };
    expect((await clerk.patch(`${path}/${body.id}`, changes)).body).toMatchObject(changes);
    expect((await clerk.delete(`${path}/${body.id}`)).body.deleted).toBe(true);
  });

  it('have a secret key that can be rotated', async () => {
    const key = `${path}/${create('rotating')}/secret_key`;
    const first = (await clerk.get(key)).body.secret;
    const { status, body } = await clerk.post(`${key}/rotate`, { previous_token_ttl: 60 });
    expect(status).toBe(200);
    expect(body.secret).not.toBe(first);
    expectRefusal(
      await clerk.post(`${key}/rotate`, { previous_token_ttl: 28_801 }),
      422,
      'form_param_format_invalid',
    );
  });

  it('get and lose scopes', async () => {
    const scopes = `${path}/${create('from')}/scopes`;
    const to_machine_id = create('to');
    expect((await clerk.post(scopes, { to_machine_id })).status).toBe(200);
    expectRefusal(await clerk.post(scopes, { to_machine_id }), 409, 'resource_conflict');
    expectRefusal(await clerk.post(scopes, { to_machine_id: 'mch_1' }), 404, NOT_FOUND);
    expectRefusal(await clerk.post(scopes, {}), 422, 'form_param_missing');
    expect((await clerk.delete(`${scopes}/${to_machine_id}`)).body.deleted).toBe(true);
    expectRefusal(await clerk.delete(`${scopes}/${to_machine_id}`), 404, NOT_FOUND);
  });

  it('are refused with 422, and with 501 in an unknown order', async () => {
    expectRefusal(await clerk.post(path, {}), 422, 'form_param_missing');
    const unknown = { name: 'machine', scoped_machines: ['mch_1'] };
    expectRefusal(await clerk.post(path, unknown), 422, INVALID);
    const id = create('changed');
    expectRefusal(
      await clerk.patch(`${path}/${id}`, { name: '' }),
      422,
      'form_param_format_invalid',
    );
    expectRefusal(
      await clerk.get(path, { query: { order_by: 'colour' } }),
      501,
      'emulator_unsupported_parameter',
    );
  });

  it('are not found by an unknown id', async () => {
    const unknown = `${path}/mch_1`;
    expectRefusal(await clerk.get(unknown), 404, NOT_FOUND);
    expectRefusal(await clerk.patch(unknown, {}), 404, NOT_FOUND);
    expectRefusal(await clerk.delete(unknown), 404, NOT_FOUND);
    expectRefusal(await clerk.get(`${unknown}/secret_key`), 404, NOT_FOUND);
    const rotation = { previous_token_ttl: 0 };
    expectRefusal(await clerk.post(`${unknown}/secret_key/rotate`, rotation), 404, NOT_FOUND);
    const scope = { to_machine_id: 'mch_2' };
    expectRefusal(await clerk.post(`${unknown}/scopes`, scope), 404, NOT_FOUND);
    expectRefusal(await clerk.delete(`${unknown}/scopes/mch_2`), 404, NOT_FOUND);
  });
});

describe('OAuth applications', () => {
  const clerk = clerkUnderTest();
  const path = '/v1/oauth_applications';
  const create = async () => (await clerk.post(path, { name: 'application' })).body.id as string;

  it('are created, read, listed, changed and deleted', async () => {
    const input = {
      name: 'Notes',
      redirect_uris: ['https://notes.example/callback'],
      scopes: 'profile email',
      consent_screen_enabled: true,
      pkce_required: true,
      public: true,
    };
    const { status, body } = await clerk.post(path, input);
    expect([status, body.callback_url]).toEqual([200, 'https://notes.example/callback']);
    const query = { limit: 5, offset: 0, order_by: '+created_at', name_query: 'note' };
    expect((await clerk.get(path, { query })).body.total_count).toBe(1);
    const application = `${path}/${body.id}`;
    expect((await clerk.get(application)).body.name).toBe('Notes');
    const changes = { name: 'Notebook', callback_url: 'https://notes.example/other', scopes: null };
    expect((await clerk.patch(application, changes)).body.redirect_uris).toEqual([
      'https://notes.example/other',
    ]);
    expect((await clerk.delete(application)).body.deleted).toBe(true);
  });

  it('have a secret that can be rotated, and tokens that can be revoked', async () => {
    const id = await create();
    expect((await clerk.post(`${path}/${id}/rotate_secret`)).body.client_secret).toBeTruthy();
    const { clientId } = clerk.emulator.oauthApplications.list().find((one) => one.id === id) ?? {};
    const options = { user: 'ada@example.com', ...(clientId === undefined ? {} : { clientId }) };
    const { issue } = clerk.emulator;
    const token = await issue.oauthAccessToken({ ...options, format: 'opaque' });
    expect((await clerk.post(`${path}/${id}/revoke_token`, { token })).status).toBe(204);
    const jwt = await issue.oauthAccessToken({ ...options, format: 'jwt' });
    const revocation = await clerk.post(`${path}/${id}/revoke_token`, { token: jwt });
    expectRefusal(revocation, 400, 'unsupported_token_type');
  });

  it('are refused with 422', async () => {
    expectRefusal(await clerk.post(path, {}), 422, 'form_param_missing');
    expectRefusal(await clerk.post(path, { name: 'one', scopes: 'fly' }), 422, INVALID);
    const application = `${path}/${await create()}`;
    const wrong = { redirect_uris: ['javascript:1'] };
    expectRefusal(await clerk.patch(application, wrong), 422, 'form_param_format_invalid');
    expectRefusal(await clerk.patch(application, { colour: 1 }), 422, 'form_param_unknown');
    expectRefusal(await clerk.post(`${application}/revoke_token`, {}), 422, 'form_param_missing');
  });

  it('are not found by an unknown id', async () => {
    const unknown = `${path}/oa_1`;
    expectRefusal(await clerk.get(unknown), 404, NOT_FOUND);
    expectRefusal(await clerk.patch(unknown, {}), 404, NOT_FOUND);
    expectRefusal(await clerk.delete(unknown), 404, NOT_FOUND);
    expectRefusal(await clerk.post(`${unknown}/rotate_secret`), 404, NOT_FOUND);
    expectRefusal(await clerk.post(`${unknown}/revoke_token`, { token: 'x' }), 404, NOT_FOUND);
  });
});

describe('The settings for OAuth applications', () => {
  const clerk = clerkUnderTest();
  const path = '/v1/instance/oauth_application_settings';

  it('are told and changed', async () => {
    expect((await clerk.get(path)).body.oauth_jwt_access_tokens).toBe(true);
    const changes = {
      dynamic_oauth_client_registration: true,
      default_scopes: ['email'],
      oauth_jwt_access_tokens: null,
      client_id_metadata_documents_advertised: true,
      client_id_metadata_documents_only_allow_pre_registered_clients: false,
    };
    expect((await clerk.patch(path, changes)).body.default_scopes).toEqual(['email']);
    expectRefusal(await clerk.patch(path, { default_scopes: ['fly'] }), 422, INVALID);
  });
});

describe('Billing', () => {
  const clerk = clerkUnderTest();

  it('tells plans, subscriptions, statements and attempts of payment', async () => {
    const { billing, organizations, users } = clerk.emulator;
    for (const status of ['paid', 'failed', 'pending'] as const) {
      billing.createStatement({ payer: 'analytical-engines', amount: 2_500, status });
    }
    const { id } = billing.createStatement({ payer: 'ada@example.com', amount: 100 });
    const query = { paginated: true, limit: 5, offset: 0 };
    const plans = await clerk.get('/v1/billing/plans', { query: { ...query, payer_type: 'org' } });
    expect(plans.body.total_count).toBe(2);
    const organization = organizations.get('analytical-engines').id;
    for (const payer of [
      `organizations/${organization}`,
      `users/${users.get('ada@example.com').id}`,
    ])
      expect((await clerk.get(`/v1/${payer}/billing/subscription`)).body.status).toBe('active');
    const statements = '/v1/billing/statements';
    expect((await clerk.get(statements, { query })).body.total_count).toBe(4);
    expect((await clerk.get(`${statements}/${id}`)).body.status).toBe('closed');
    const attempts = await clerk.get(`${statements}/${id}/payment_attempts`, { query });
    expect(attempts.body.data).toHaveLength(1);
  });

  it('does not know unknown payers and statements', async () => {
    for (const path of [
      '/v1/users/user_1/billing/subscription',
      '/v1/organizations/org_1/billing/subscription',
      '/v1/billing/statements/cstmt_1',
      '/v1/billing/statements/cstmt_1/payment_attempts',
    ]) {
      expectRefusal(await clerk.get(path), 404, NOT_FOUND);
    }
  });
});

describe('The keys of the instance', () => {
  const clerk = clerkUnderTest();

  it('are published', async () => {
    expect((await clerk.get('/v1/jwks')).body.keys).toHaveLength(1);
  });
});

describe('Access tokens of connected accounts', () => {
  const clerk = clerkUnderTest();

  it('are a list, also with a scope and an expiry', async () => {
    const { id } = clerk.emulator.users.get('ada@example.com');
    const account = { user: id, provider: 'google', scopes: ['calendar'], expiresInSeconds: 60 };
    clerk.emulator.externalAccounts.connect(account);
    const path = `/v1/users/${id}/oauth_access_tokens/oauth_google`;
    const { body } = await clerk.get(path, { query: { limit: 5, offset: 0 } });
    expect(body).toHaveLength(1);
    expectRefusal(
      await clerk.get('/v1/users/user_1/oauth_access_tokens/oauth_google'),
      404,
      NOT_FOUND,
    );
  });
});

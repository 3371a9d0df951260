import { beforeAll, describe, expect, it } from 'vitest';
import { clerkUnderTest, expectRefusal } from './support.js';

const MALFORMED = 'form_param_format_invalid';
const NOT_FOUND = 'resource_not_found';
const NOBODY = `user_${'0'.repeat(27)}`;

// @clerk/backend omits the version in these URLs.
describe.each(['/v1', ''])('API keys under %s/api_keys', (prefix) => {
  const clerk = clerkUnderTest();
  const path = `${prefix}/api_keys`;
  const unknown = `${path}/ak_${'0'.repeat(32)}`;
  let subject: string;

  beforeAll(() => {
    subject = clerk.emulator.users.get('ada@example.com').id;
  });

  it('are created, read, listed, changed, verified, revoked and deleted', async () => {
    const all = {
      type: 'api_key',
      name: 'build',
      description: 'for the build',
      subject,
      claims: { team: 'research' },
      scopes: ['notes:read'],
      created_by: subject,
      seconds_until_expiration: 60,
    };
    const created = await clerk.post(path, all);
    expect(created.status).toBe(200);
    const key = `${path}/${created.body.id}`;
    expect((await clerk.post(path, { name: 'plain', subject })).body.scopes).toEqual([]);
    expect((await clerk.get(key)).body.name).toBe('build');
    const secret = (await clerk.get(`${key}/secret`)).body;
    expect(secret).toEqual({ secret: created.body.secret });
    expect((await clerk.post(`${path}/verify`, secret)).body.last_used_at).not.toBeNull();
    const changes = { description: null, scopes: [], seconds_until_expiration: null };
    expect((await clerk.patch(key, changes)).body.expiration).toBeNull();
    const reason = { revocation_reason: 'lost' };
    expect((await clerk.post(`${key}/revoke`, reason)).body.revoked).toBe(true);
    const query = { subject, type: 'api_key', include_invalid: true, limit: 1, query: 'build' };
    expect((await clerk.get(path, { query })).body.data).toHaveLength(1);
    expect((await clerk.delete(key)).body.deleted).toBe(true);
  });

  it('are refused with 400', async () => {
    expectRefusal(await clerk.post(path, { name: 'no', subject }), 400, MALFORMED);
    expectRefusal(await clerk.post(path, { name: 'key' }), 400, 'form_param_missing');
    expectRefusal(
      await clerk.post(path, { name: 'key', subject, colour: 'red' }),
      400,
      'form_param_unknown',
    );
    const foreign = { name: 'key', subject: NOBODY };
    expectRefusal(await clerk.post(path, foreign), 400, 'form_param_value_invalid');
    expectRefusal(await clerk.get(path), 400, 'form_param_missing');
    expectRefusal(await clerk.get(path, { query: { subject, limit: 101 } }), 400, MALFORMED);
    expectRefusal(await clerk.get(`${path}/ak_1`), 400, MALFORMED);
    expectRefusal(await clerk.post(`${path}/verify`, {}), 400, 'form_param_missing');
    const { id } = clerk.emulator.apiKeys.create({ name: 'changed', subject });
    const wrong = { description: 'x'.repeat(256) };
    expectRefusal(await clerk.patch(`${path}/${id}`, wrong), 400, MALFORMED);
    const reason = { revocation_reason: 1 };
    expectRefusal(await clerk.post(`${path}/${id}/revoke`, reason), 400, MALFORMED);
  });

  it('are not found by an unknown id, secret or subject', async () => {
    expectRefusal(await clerk.get(unknown), 404, NOT_FOUND);
    expectRefusal(await clerk.get(`${unknown}/secret`), 404, NOT_FOUND);
    expectRefusal(await clerk.patch(unknown, {}), 404, NOT_FOUND);
    expectRefusal(await clerk.delete(unknown), 404, NOT_FOUND);
    expectRefusal(await clerk.post(`${unknown}/revoke`, {}), 404, NOT_FOUND);
    expectRefusal(await clerk.post(`${path}/verify`, { secret: 'ak_unknown' }), 404, NOT_FOUND);
    expectRefusal(await clerk.get(path, { query: { subject: NOBODY } }), 404, NOT_FOUND);
  });
});

describe.each(['/v1', ''])('M2M tokens under %s/m2m_tokens', (prefix) => {
  const clerk = clerkUnderTest();
  const path = `${prefix}/m2m_tokens`;
  const unknown = `${path}/mt_${'0'.repeat(32)}`;
  let sender: { readonly id: string; readonly secretKey: string };
  let receiver: typeof sender;

  beforeAll(() => {
    const { machines } = clerk.emulator;
    receiver = machines.create({ name: 'receiver' });
    sender = machines.create({ name: 'sender', scopedMachines: [receiver.id] });
  });

  it.each(['opaque', 'jwt'])('are created as %s and verified', async (token_format) => {
    const key = sender.secretKey;
    const input = { token_format, seconds_until_expiration: 60, claims: { job: 'backup' } };
    const created = await clerk.post(path, input, { key });
    expect(created.status).toBe(201);
    const { token } = created.body;
    expect((await clerk.post(`${path}/verify`, { token })).body.subject).toBe(sender.id);
    const own = { key: receiver.secretKey };
    expect((await clerk.post(`${path}/verify`, { token }, own)).status).toBe(200);
    expectRefusal(await clerk.post(`${path}/verify`, { token }, { key }), 404, NOT_FOUND);
  });

  it('are reused, listed and revoked', async () => {
    const key = sender.secretKey;
    const input = { min_remaining_ttl_seconds: 30 };
    const first = await clerk.post(path, input, { key });
    expect((await clerk.post(path, input, { key })).body.token).toBe(first.body.token);
    const query = { subject: sender.id, revoked: true, expired: true, limit: 1, offset: 0 };
    expect((await clerk.get(path, { query })).body.m2m_tokens).toHaveLength(1);
    const reason = { revocation_reason: 'lost' };
    expect((await clerk.post(`${path}/${first.body.id}/revoke`, reason)).body.revoked).toBe(true);
  });

  it('are refused', async () => {
    const key = sender.secretKey;
    expectRefusal(await clerk.post(path, {}), 401, 'machine_secret_key_invalid');
    expectRefusal(await clerk.post(path, { token_format: 'xml' }, { key }), 400, MALFORMED);
    const tooLong = { seconds_until_expiration: 10, min_remaining_ttl_seconds: 10 };
    expectRefusal(await clerk.post(path, tooLong, { key }), 400, 'form_param_value_invalid');
    expectRefusal(await clerk.get(path), 400, 'form_param_missing');
    const query = { subject: receiver.id };
    expectRefusal(await clerk.get(path, { query, key }), 403, 'authorization_invalid');
    expectRefusal(await clerk.post(`${path}/verify`, {}), 400, 'form_param_missing');
    expectRefusal(await clerk.post(`${path}/mt_1/revoke`, {}), 400, MALFORMED);
  });

  it('are not found by an unknown id, value or machine', async () => {
    expectRefusal(await clerk.post(`${unknown}/revoke`, {}), 404, NOT_FOUND);
    expectRefusal(await clerk.post(`${path}/verify`, { token: 'mt_1' }), 404, NOT_FOUND);
    const query = { subject: `mch_${'0'.repeat(27)}` };
    expectRefusal(await clerk.get(path, { query }), 404, NOT_FOUND);
  });
});

describe.each(['/v1', ''])('OAuth access tokens under %s/oauth_applications', (prefix) => {
  const clerk = clerkUnderTest();
  const path = `${prefix}/oauth_applications/access_tokens/verify`;
  const user = 'ada@example.com';

  it.each(['opaque', 'jwt'] as const)('are verified as %s', async (format) => {
    const options = { user, format, resource: 'https://api.example/mcp' };
    const access_token = await clerk.emulator.issue.oauthAccessToken(options);
    const { body } = await clerk.post(path, { access_token });
    // The document has no `aud`, see exceptions.ts; it has all others, and demands them.
    expect(Object.keys(body).toSorted()).toEqual([
      'aud',
      'client_id',
      'created_at',
      'expiration',
      'expired',
      'id',
      'object',
      'revocation_reason',
      'revoked',
      'scopes',
      'subject',
      'updated_at',
    ]);
    expect((await clerk.post(path, { secret: access_token })).body.expired).toBe(false);
  });

  it('are inactive as an expired JWT, flagged as an expired opaque one', async () => {
    const expired = { user, expiresInSeconds: -1 };
    const jwt = await clerk.emulator.issue.oauthAccessToken({ ...expired, format: 'jwt' });
    expect((await clerk.post(path, { access_token: jwt })).body).toEqual({ active: false });
    const opaque = await clerk.emulator.issue.oauthAccessToken({ ...expired, format: 'opaque' });
    expect((await clerk.post(path, { access_token: opaque })).body.expired).toBe(true);
  });

  it('are unknown or malformed', async () => {
    expectRefusal(await clerk.post(path, { access_token: 'oat_1' }), 404, NOT_FOUND);
    expectRefusal(await clerk.post(path, { access_token: 'nonsense' }), 400, MALFORMED);
    expectRefusal(await clerk.post(path, {}), 400, 'form_param_missing');
  });
});

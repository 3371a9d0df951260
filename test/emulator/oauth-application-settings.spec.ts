import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../../src/emulator/index.js';

describe('The settings for OAuth applications', () => {
  let emulator: ClerkEmulator;

  beforeAll(async () => {
    emulator = await startClerkEmulator();
  });
  afterAll(() => emulator.close());

  const call = async (body?: unknown) => {
    const response = await fetch(`${emulator.url}/v1/instance/oauth_application_settings`, {
      method: body === undefined ? 'GET' : 'PATCH',
      headers: {
        authorization: `Bearer ${emulator.secretKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it('tell and set the switches', async () => {
    expect((await call()).body).toEqual({
      object: 'oauth_application_settings',
      dynamic_oauth_client_registration: true,
      default_scopes: ['email', 'offline_access', 'profile'],
      oauth_jwt_access_tokens: true,
      client_id_metadata_documents_advertised: false,
      client_id_metadata_documents_only_allow_pre_registered_clients: false,
      client_id_metadata_documents_block_implicitly_allowed_clients: false,
    });
    const changed = {
      dynamic_oauth_client_registration: false,
      default_scopes: ['openid', 'email'],
      oauth_jwt_access_tokens: false,
      client_id_metadata_documents_advertised: true,
    };
    expect(await call(changed)).toMatchObject({ status: 200, body: changed });
    const token = await emulator.issue.oauthAccessToken({ user: 'ada@example.com' });
    expect(token).toMatch(/^oat_/);
    const metadata = await fetch(`${emulator.url}/.well-known/oauth-authorization-server`);
    expect(await metadata.json()).not.toHaveProperty('registration_endpoint');

    expect((await call({ oauth_jwt_access_tokens: null })).body).toMatchObject(changed);
    expect((await call({ default_scopes: null })).body['default_scopes']).toEqual([
      'email',
      'offline_access',
      'profile',
    ]);
  });

  it('refuse unknown scopes and fields, and what the emulator cannot do', async () => {
    expect((await call({ default_scopes: ['fly'] })).status).toBe(422);
    expect((await call({ colour: 'red' })).status).toBe(422);
    const flagName = 'client_id_metadata_documents_only_allow_pre_registered_clients';
    expect((await call({ [flagName]: true })).status).toBe(501);
    expect((await call({ [flagName]: false })).status).toBe(200);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../../../src/emulator/index.js';
import { recorded, type RecordedNamespace, sdkOf } from './support.js';

const user = 'ada@example.com';

describe('clerk.idPOAuthAccessToken', () => {
  let emulator: ClerkEmulator;
  let tokens: RecordedNamespace<ReturnType<typeof sdkOf>['idPOAuthAccessToken']>;

  beforeAll(async () => {
    emulator = await startClerkEmulator();
    tokens = recorded(sdkOf(emulator).idPOAuthAccessToken);
  });
  afterAll(() => emulator.close());

  it('verifies both formats, and an audience where one is expected', async () => {
    for (const format of ['jwt', 'opaque'] as const) {
      const token = await emulator.issue.oauthAccessToken({
        user,
        format,
        resource: 'https://api.example/mcp',
        scopes: ['email'],
      });
      const verified = await tokens.api.verify(token, { audience: 'https://api.example/mcp' });
      expect(verified).toMatchObject({
        subject: emulator.users.get(user).id,
        clientId: 'emulatorLocalApp',
        scopes: ['email'],
        revoked: false,
        expired: false,
        aud: ['https://api.example/mcp'],
      });
      expect(verified.id).toMatch(/^oat_[0-9a-f]{32}$/);
      await expect(
        tokens.api.verify(token, { audience: 'https://other.example' }),
      ).rejects.toThrow();
    }
  });

  it('calls an expired JWT inactive', async () => {
    const token = await emulator.issue.oauthAccessToken({ user, expiresInSeconds: -1 });
    expect(await verify({ access_token: token })).toEqual([200, { active: false }]);
    expect(await verify({ secret: token })).toEqual([200, { active: false }]);
  });

  it('answers a stale opaque token as the switch says', async () => {
    const expired = await emulator.issue.oauthAccessToken({
      user,
      format: 'opaque',
      expiresInSeconds: -1,
    });
    expect(await verify({ access_token: expired })).toMatchObject([200, { expired: true }]);
    emulator.configure({ staleAccessTokens: 'inactive' });
    expect(await verify({ access_token: expired })).toEqual([200, { active: false }]);
    emulator.configure({ staleAccessTokens: 'not_found' });
    expect((await verify({ access_token: expired }))[0]).toBe(404);
    emulator.configure({ staleAccessTokens: 'flagged' });
  });

  it('answers 404 to an unknown token and 400 to a malformed one', async () => {
    const foreign = await emulator.issue.oauthAccessToken({ user, signedBy: 'foreign' });
    const session = await emulator.issue.sessionToken({ user });
    for (const access_token of ['oat_unknown', foreign, session]) {
      expect((await verify({ access_token }))[0], access_token).toBe(404);
    }
    for (const body of [{ access_token: 'nonsense' }, { access_token: 'a.b.c' }, {}, undefined]) {
      expect((await verify(body))[0], JSON.stringify(body)).toBe(400);
    }
  });

  it('has every method of the SDK', () => {
    expect(tokens.uncalled()).toEqual([]);
  });

  async function verify(body: unknown): Promise<readonly [number, unknown]> {
    const response = await fetch(`${emulator.url}/v1/oauth_applications/access_tokens/verify`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${emulator.secretKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return [response.status, await response.json()];
  }
});

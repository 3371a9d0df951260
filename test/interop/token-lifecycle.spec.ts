import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { withLimits } from '../support/limits.js';
import { CLIENT_KINDS, signedIn } from '../support/mcp-clients.js';
import { OAuthClient } from '../support/oauth-client.js';
import { ADA, userIdOf } from '../support/people.js';
import { startService, type TestService } from '../support/service.js';

let service: TestService;
beforeAll(async () => {
  // The v2 client says on the console that it drops a refresh token.
  vi.spyOn(console, 'warn').mockReturnValue();
  service = await startService({
    emulator: { alwaysRefreshToken: true },
    // Nothing is remembered: what Clerk takes back is noticed at the next call.
    override: withLimits({ opaqueVerdictTtlMs: 0, refusalTtlMs: 0 }),
  });
});
afterAll(async () => {
  vi.restoreAllMocks();
  await service.stop();
});

const HELLO = { message: 'hi' };

describe.each(CLIENT_KINDS)('The $name', (kind) => {
  const { asksToSignIn } = kind;

  describe.each(['jwt', 'opaque'] as const)('with %s access tokens', (format) => {
    const signIn = async () => {
      service.clerk.configure({ accessTokenFormat: format });
      const provider = new OAuthClient({ account: ADA });
      const client = await signedIn(kind, service.url, provider);
      return { provider, client };
    };

    it('renews an expired token by itself', async () => {
      const { provider, client } = await signIn();
      const expired = await expiredToken(provider, format);
      provider.saveTokens({ ...provider.current, access_token: expired });
      const { structuredContent } = await client.callTool('echo', HELLO);
      expect(structuredContent).toMatchObject({ userId: userIdOf(service, ADA) });
      expect(provider.current.access_token).not.toBe(expired);
      expect(provider.callbacks).toHaveLength(1);
      await client.close();
    });

    it('asks to sign in again when the refresh token is gone as well', async () => {
      const { provider, client } = await signIn();
      provider.saveTokens({
        ...provider.current,
        access_token: await expiredToken(provider, format),
        refresh_token: 'no-longer-known',
      });
      const refusal: unknown = await client.callTool('echo', HELLO).catch((error) => error);
      expect(asksToSignIn(refusal), String(refusal)).toBe(true);
      expect(provider.callbacks).toHaveLength(2);
      await client.finishSignIn();
      const { structuredContent } = await client.callTool('echo', HELLO);
      expect(structuredContent).toMatchObject({ userEmail: ADA });
      await client.close();
    });
  });

  it('has to sign in again once its opaque token and its grant are revoked', async () => {
    service.clerk.configure({ accessTokenFormat: 'opaque' });
    const provider = new OAuthClient({ account: ADA });
    const client = await signedIn(kind, service.url, provider);
    await client.callTool('echo', HELLO);
    await signOut(provider);
    const refusal: unknown = await client.callTool('echo', HELLO).catch((error) => error);
    expect(asksToSignIn(refusal), String(refusal)).toBe(true);
    await client.close();
  });
});

/** A token of the same user through the same client, past its time. */
function expiredToken(provider: OAuthClient, format: 'jwt' | 'opaque'): Promise<string> {
  return service.clerk.issue.oauthAccessToken({
    user: ADA,
    clientId: provider.clientId,
    resource: service.url,
    format,
    expiresInSeconds: -60,
  });
}

async function signOut(provider: OAuthClient): Promise<void> {
  for (const token of [provider.current.refresh_token, provider.current.access_token]) {
    const { ok } = await fetch(`${service.clerk.url}/oauth/token/revoke`, {
      method: 'POST',
      body: new URLSearchParams({ token: token ?? '', client_id: provider.clientId }),
    });
    expect(ok).toBe(true);
  }
}

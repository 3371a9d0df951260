import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_KINDS, signedIn } from '../support/mcp-clients.js';
import { OAuthClient } from '../support/oauth-client.js';
import { ADA, GRACE, KATHERINE, userIdOf } from '../support/people.js';
import { startService, type TestService } from '../support/service.js';

let service: TestService;
beforeAll(async () => {
  service = await startService({ env: { MCP_SIGN_IN: 'call' } });
});
afterAll(() => service.stop());

const HELLO = { message: 'hi' };

describe.each(CLIENT_KINDS)('The $name', (kind) => {
  it('gets no token when its user denies, and goes on as nobody', async () => {
    const provider = new OAuthClient({ account: ADA, consented: 'false' });
    const client = await kind.connect(service.url, provider);
    const refusal: unknown = await client.callTool('echo', HELLO).catch((error) => error);
    expect(kind.asksToSignIn(refusal), String(refusal)).toBe(true);
    expect(provider.callbacks[0]?.searchParams.get('error')).toBe('access_denied');
    expect(provider.callbacks[0]?.searchParams.has('code')).toBe(false);
    expect(provider.tokens()).toBeUndefined();
    expect(await client.listTools()).toEqual(['getAuthInfo', 'refreshToken']);
    await client.close();
  });

  it('lists what its user may call and calls it, beside nobody who may not', async () => {
    const client = await signedIn(kind, service.url, new OAuthClient({ account: GRACE }));
    const nobody = await kind.connect(service.url, new OAuthClient({ account: ADA }));
    expect(await client.listTools()).toContain('getUserProfile');
    expect(await nobody.listTools()).not.toContain('getUserProfile');
    await Promise.all([client.close(), nobody.close()]);
  });
});

describe('Clients of three users at once, of every kind', () => {
  it('each answer for their own user', async () => {
    const accounts = [ADA, GRACE, KATHERINE];
    const clients = await Promise.all(
      CLIENT_KINDS.flatMap((kind) =>
        accounts.map(async (account) => ({
          account,
          client: await signedIn(kind, service.url, new OAuthClient({ account })),
        })),
      ),
    );
    for (let round = 0; round < 5; round += 1) {
      const answers = await Promise.all(
        clients.map(({ client }) => client.callTool('getUserProfile')),
      );
      expect(answers.map(({ structuredContent }) => structuredContent?.['userId'])).toEqual(
        clients.map(({ account }) => userIdOf(service, account)),
      );
    }
    await Promise.all(clients.map(({ client }) => client.close()));
  });
});

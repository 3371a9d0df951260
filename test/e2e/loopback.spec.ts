import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLERK_EMULATOR } from '../../src/app/app.emulator.js';
import { startScreen } from '../../src/app/app.screen.js';
import type { ClerkEmulator } from '../../src/emulator/index.js';
import { CLIENT_KINDS, signedIn } from '../support/mcp-clients.js';
import { callTool } from '../support/mcp-request.js';
import { OAuthClient } from '../support/oauth-client.js';
import { ADA, userIdOf } from '../support/people.js';
import { challengeOf, expectEcho } from '../support/refusals.js';
import { startService, type TestService } from '../support/service.js';

/** The service as `npm start` runs it: no variable names it, or a Clerk instance. */
const ON_EMULATOR = {
  CLERK_SECRET_KEY: undefined,
  CLERK_PUBLISHABLE_KEY: undefined,
  CLERK_FRONTEND_API: undefined,
  CLERK_API_URL: undefined,
};
const METADATA = '/.well-known/oauth-protected-resource/mcp';

/** The URL of the same service under another name. */
const under = (name: string, { url }: TestService): string => {
  const other = new URL(url);
  other.hostname = name;
  return other.href;
};

describe('The service without BASE_URL', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startService({ env: ON_EMULATOR });
  });
  afterAll(() => service.stop());

  const emulator = (): ClerkEmulator => service.app.get(CLERK_EMULATOR, { strict: false });

  it.each(CLIENT_KINDS)('lets the $name sign in at localhost and at 127.0.0.1', async (kind) => {
    // Even where the instance issues tokens for registered servers only.
    emulator().configure({ unregisteredResource: 'refused' });
    for (const name of ['localhost', '127.0.0.1']) {
      const url = under(name, service);
      const provider = new OAuthClient({ account: ADA });
      const client = await signedIn(kind, url, provider);
      const { structuredContent } = await client.callTool('echo', { message: 'hi' });
      expect(structuredContent).toMatchObject({ userEmail: ADA });
      expect(decodeJwt(provider.current.access_token).aud).toBe(url);
      await client.close();
    }
  });

  it('accepts a token for each name', async () => {
    const clerk = emulator();
    for (const name of ['localhost', '127.0.0.1', '[::1]']) {
      const resource = under(name, service);
      const token = await clerk.issue.oauthAccessToken({ user: ADA, resource });
      const answer = await callTool(service.url, 'echo', { message: 'hi' }, { token });
      expectEcho(answer, clerk.users.get(ADA).id);
    }
  });

  it('prints one URL', () => {
    expect(startScreen(service.app).match(/https?:\/\/[^\s]+\/mcp/g)).toEqual(
      Array.from({ length: 3 }, () => service.url),
    );
  });
});

describe('The service with BASE_URL', () => {
  it('is exact', async () => {
    const service = await startService({ env: { BASE_URL: 'http://localhost:4321' } });
    const token = (resource: string) =>
      service.clerk.issue.oauthAccessToken({ user: ADA, resource });
    for (const name of ['localhost', '127.0.0.1']) {
      const url = under(name, service);
      const document = await fetch(new URL(METADATA, url));
      expect(await document.json()).toMatchObject({ resource: 'http://localhost:4321/mcp' });
      expect(document.headers.get('cache-control')).toBe('public, max-age=300');
      const own = { token: await token('http://localhost:4321/mcp') };
      expect((await callTool(url, 'echo', { message: 'hi' }, own)).status).toBe(200);
      const other = { token: await token('http://127.0.0.1:4321/mcp') };
      const refused = await callTool(url, 'echo', { message: 'hi' }, other);
      expect(refused.status).toBe(401);
      expect(challengeOf(refused)).toContain(`http://localhost:4321${METADATA}`);
    }
    await service.stop();
  });

  it('accepts the audiences that CLERK_AUDIENCES names as well', async () => {
    const audiences = ['https://old.example.com/mcp', 'https://mcp.example.com/mcp?tenant=a'];
    const service = await startService({
      env: { BASE_URL: 'https://mcp.example.com', CLERK_AUDIENCES: audiences.join(',') },
    });
    for (const format of ['jwt', 'opaque'] as const) {
      for (const resource of audiences) {
        const token = await service.clerk.issue.oauthAccessToken({ user: ADA, resource, format });
        const answer = await callTool(under('127.0.0.1', service), 'echo', HELLO, { token });
        expectEcho(answer, userIdOf(service, ADA));
      }
      const resource = 'https://mcp.example.com/mcp?tenant=b';
      const token = await service.clerk.issue.oauthAccessToken({ user: ADA, resource, format });
      const refused = await callTool(under('127.0.0.1', service), 'echo', HELLO, { token });
      expect(refused.status).toBe(401);
      expect(refused.body.error_description).toContain('CLERK_AUDIENCES');
    }
    await service.stop();
  });
});

const HELLO = { message: 'hi' };

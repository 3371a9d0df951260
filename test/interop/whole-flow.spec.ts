import { auth } from '@modelcontextprotocol/client';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_KINDS, signedIn, type ConnectedClient } from '../support/mcp-clients.js';
import { OAuthClient } from '../support/oauth-client.js';
import { ADA, userIdOf } from '../support/people.js';
import { untilRefreshIsOffered } from '../support/refusals.js';
import { startService, type TestService } from '../support/service.js';

const OPEN_TOOLS = ['getAuthInfo', 'refreshToken'];
const ALL_TOOLS = ['echo', 'getAuthInfo', 'getUserProfile', 'refreshToken'];

let service: TestService;

/** The mode connect, the default of the service, is in sign-in-at-connect.spec.ts. */
describe.each([
  ['call', OPEN_TOOLS],
  ['offer', ALL_TOOLS],
] as const)('With MCP_SIGN_IN=%s, the', (mode, listedBefore) => {
  beforeAll(async () => {
    service = await startService({ env: { MCP_SIGN_IN: mode } });
    await untilRefreshIsOffered(service.url);
  });
  afterAll(() => service.stop());

  describe.each(CLIENT_KINDS)('$name', (kind) => {
    it.each(['jwt', 'opaque'] as const)('does all with %s access tokens', async (format) => {
      service.clerk.configure({ accessTokenFormat: format });
      const provider = new OAuthClient({ account: ADA });
      const client = await kind.connect(service.url, provider);
      expect(client.revision).toBe(kind.revision);
      expect(await client.listTools()).toEqual(listedBefore);
      expect(await contentOf(client, 'getAuthInfo')).toMatchObject({ provider: 'clerk' });
      expect(provider.callbacks).toEqual([]);

      const refusal: unknown = await client.callTool('echo', HELLO).catch((error) => error);
      expect(kind.asksToSignIn(refusal), String(refusal)).toBe(true);
      expect(provider.clientId).not.toBe('');
      await client.finishSignIn();
      expect(provider.current.access_token).toMatch(format === 'jwt' ? /^eyJ/ : /^oat_/);
      expect(provider.current.refresh_token).toBeTruthy();

      expect(await client.listTools()).toEqual(ALL_TOOLS);
      await callEverything(client);
      await refreshByTool(client, provider);
      await refreshByStandard(provider);
      expect(await contentOf(client, 'echo', HELLO)).toMatchObject({ userEmail: ADA });
      expect(provider.callbacks).toHaveLength(1);
      await client.close();
    });
  });
});

describe.each(CLIENT_KINDS)('The $name', (kind) => {
  beforeAll(async () => {
    service = await startService();
    await untilRefreshIsOffered(service.url);
  });
  afterAll(() => service.stop());

  it('does without a refresh token where its grant has none', async () => {
    const provider = new OAuthClient({ account: ADA });
    const client = await signedIn(kind, service.url, provider);
    expect(provider.current.refresh_token).toBeDefined();
    const { refresh_token: _, ...tokens } = provider.current;
    provider.saveTokens(tokens);
    expect(await contentOf(client, 'echo', HELLO)).toMatchObject({ userEmail: ADA });
    await client.close();
  });

  it('asks for a token of this very resource', async () => {
    service.clerk.configure({ accessTokenFormat: 'jwt' });
    const provider = new OAuthClient({ account: ADA });
    const client = await signedIn(kind, service.url, provider);
    expect(decodeJwt(provider.current.access_token)).toMatchObject({
      aud: service.url,
      sub: userIdOf(service, ADA),
      client_id: provider.clientId,
    });
    await client.close();
  });

  it('comes back with the tokens that it kept, without asking anybody', async () => {
    const provider = new OAuthClient({ account: ADA });
    await (await signedIn(kind, service.url, provider)).close();
    const client = await kind.connect(service.url, provider);
    expect(await client.listTools()).toEqual(ALL_TOOLS);
    await callEverything(client);
    expect(provider.callbacks).toHaveLength(1);
    await client.close();
  });
});

const HELLO = { message: 'hi' };

async function contentOf(
  client: ConnectedClient,
  name: string,
  args: Record<string, unknown> = {},
): Promise<Readonly<Record<string, unknown>>> {
  const { isError, content, structuredContent } = await client.callTool(name, args);
  const [block] = content;
  expect(isError ?? false, block?.text).toBe(false);
  expect(JSON.parse(block?.text ?? '')).toEqual(structuredContent);
  return structuredContent ?? {};
}

async function callEverything(client: ConnectedClient): Promise<void> {
  const userId = userIdOf(service, ADA);
  expect(await contentOf(client, 'getAuthInfo')).toMatchObject({
    issuer: service.clerk.url,
    resource: service.url,
  });
  expect(await contentOf(client, 'getUserProfile')).toMatchObject({
    userId,
    email: ADA,
    emailVerified: true,
    firstName: 'Ada',
    lastName: 'Lovelace',
    imageUrl: expect.stringContaining(userId),
  });
  expect(await contentOf(client, 'echo', HELLO)).toEqual({
    message: 'hi',
    userId,
    userEmail: ADA,
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  });
}

async function refreshByTool(client: ConnectedClient, provider: OAuthClient): Promise<void> {
  const before = provider.current;
  const renewed = await contentOf(client, 'refreshToken', {
    refreshToken: before.refresh_token,
    clientId: provider.clientId,
  });
  expect(renewed).toMatchObject({ token_type: 'Bearer', expires_in: 86_400 });
  expect(renewed['access_token']).not.toBe(before.access_token);
  provider.saveTokens({
    ...before,
    access_token: String(renewed['access_token']),
    refresh_token: String(renewed['refresh_token']),
  });
  expect(await contentOf(client, 'echo', HELLO)).toMatchObject({ userEmail: ADA });
}

async function refreshByStandard(provider: OAuthClient): Promise<void> {
  const before = provider.current;
  expect(await auth(provider, { serverUrl: service.url })).toBe('AUTHORIZED');
  expect(provider.current.access_token).not.toBe(before.access_token);
  expect(provider.current.refresh_token).not.toBe(before.refresh_token);
}

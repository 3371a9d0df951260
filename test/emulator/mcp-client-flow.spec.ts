import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClerkClient } from '@clerk/backend';
import {
  auth,
  type OAuthClientInformationMixed,
  type OAuthClientMetadata,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type StoredOAuthTokens,
} from '@modelcontextprotocol/client';
import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../../src/emulator/index.js';
import { PageDriver } from './page-driver.js';

describe('The OAuth flow of the official MCP client against the emulator', () => {
  let emulator: ClerkEmulator;
  let resourceServer: Server;
  let resource: string;

  beforeAll(async () => {
    emulator = await startClerkEmulator();
    resourceServer = createServer((request, response) => {
      response.setHeader('content-type', 'application/json');
      if (!request.url?.startsWith('/.well-known/oauth-protected-resource')) {
        response.writeHead(404).end('{}');
        return;
      }
      response.end(
        JSON.stringify({
          resource,
          authorization_servers: [emulator.url],
          // A client registers with these, and holds no other: MCP clients ask for offline_access too.
          scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
        }),
      );
    });
    await new Promise<void>((resolve) => resourceServer.listen(0, '127.0.0.1', resolve));
    resource = `http://127.0.0.1:${(resourceServer.address() as AddressInfo).port}/mcp`;
  });
  afterEach(() => emulator.configure({ accessTokenFormat: 'jwt', rotateRefreshTokens: true }));
  afterAll(async () => {
    await emulator.close();
    resourceServer.close();
  });

  for (const format of ['jwt', 'opaque'] as const) {
    it(`registers, signs in, consents, exchanges and refreshes, with ${format} tokens`, async () => {
      emulator.configure({ accessTokenFormat: format });
      const provider = new MemoryProvider();
      expect(await auth(provider, { serverUrl: resource })).toBe('REDIRECT');
      const authorizationUrl = provider.authorizationUrl;
      expect(authorizationUrl.searchParams.get('resource')).toBe(resource);
      expect(authorizationUrl.searchParams.get('scope')).toContain('offline_access');

      const callback = await new PageDriver(emulator.url).authorize(authorizationUrl);
      expect(callback.searchParams.get('state')).toBe(provider.state());
      const authorizationCode = callback.searchParams.get('code') ?? '';
      const iss = callback.searchParams.get('iss') ?? '';
      expect(await auth(provider, { serverUrl: resource, authorizationCode, iss })).toBe(
        'AUTHORIZED',
      );

      const first = provider.held();
      expect(first).toMatchObject({
        token_type: 'Bearer',
        expires_in: 86_400,
        scope: 'openid profile email offline_access',
      });
      expect(first.access_token).toMatch(format === 'jwt' ? /^eyJ/ : /^oat_/);
      expect(decodeJwt(first.id_token ?? '')).toMatchObject({ email: 'ada@example.com' });
      expect(await audienceOf(first.access_token)).toEqual([resource]);

      expect(await auth(provider, { serverUrl: resource })).toBe('AUTHORIZED');
      const second = provider.held();
      expect(second.refresh_token).not.toBe(first.refresh_token);
      expect(second.access_token).not.toBe(first.access_token);
      expect(await audienceOf(second.access_token)).toEqual([resource]);
    });
  }

  it('keeps the refresh token when rotation is off', async () => {
    emulator.configure({ rotateRefreshTokens: false });
    const provider = await authorized();
    const first = provider.held();
    expect(await auth(provider, { serverUrl: resource })).toBe('AUTHORIZED');
    expect(provider.held().refresh_token).toBe(first.refresh_token);
    expect(provider.held().access_token).not.toBe(first.access_token);
  });

  it('checks iss in the authorization response, unless it is switched off', async () => {
    const provider = new MemoryProvider();
    await auth(provider, { serverUrl: resource });
    const callback = await new PageDriver(emulator.url).authorize(provider.authorizationUrl);
    const authorizationCode = callback.searchParams.get('code') ?? '';
    await expect(auth(provider, { serverUrl: resource, authorizationCode })).rejects.toThrow();
    const iss = callback.searchParams.get('iss') ?? '';
    expect(iss).toBe(emulator.url);
    expect(await auth(provider, { serverUrl: resource, authorizationCode, iss })).toBe(
      'AUTHORIZED',
    );
    emulator.configure({ issuerInAuthorizationResponse: false });
    const without = new MemoryProvider();
    await auth(without, { serverUrl: resource });
    const plain = await new PageDriver(emulator.url).authorize(without.authorizationUrl);
    expect(plain.searchParams.has('iss')).toBe(false);
    const code = plain.searchParams.get('code') ?? '';
    expect(await auth(without, { serverUrl: resource, authorizationCode: code })).toBe(
      'AUTHORIZED',
    );
    emulator.configure({ issuerInAuthorizationResponse: true });
  });

  it('cannot register when registration is switched off', async () => {
    emulator.configure({ dynamicClientRegistration: false });
    await expect(auth(new MemoryProvider(), { serverUrl: resource })).rejects.toThrow(
      'does not support dynamic client registration',
    );
    emulator.configure({ dynamicClientRegistration: true });
  });

  async function authorized(): Promise<MemoryProvider> {
    const provider = new MemoryProvider();
    await auth(provider, { serverUrl: resource });
    const callback = await new PageDriver(emulator.url).authorize(provider.authorizationUrl);
    const authorizationCode = callback.searchParams.get('code') ?? '';
    const iss = callback.searchParams.get('iss') ?? '';
    await auth(provider, { serverUrl: resource, authorizationCode, iss });
    return provider;
  }

  async function audienceOf(token: string): Promise<string[] | undefined> {
    const clerk = createClerkClient({
      apiUrl: emulator.url,
      secretKey: emulator.secretKey,
      publishableKey: emulator.publishableKey,
      telemetry: { disabled: true },
    });
    return (await clerk.idPOAuthAccessToken.verify(token)).aud;
  }
});

/** The OAuth state of an MCP client, in memory. */
class MemoryProvider implements OAuthClientProvider {
  readonly redirectUrl = 'http://127.0.0.1:33418/callback';
  readonly clientMetadata: OAuthClientMetadata = {
    client_name: 'Test client',
    redirect_uris: [this.redirectUrl],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'none',
  };
  authorizationUrl = new URL('about:blank');
  #client: OAuthClientInformationMixed | undefined;
  #tokens: StoredOAuthTokens | undefined;
  #verifier = '';
  #discovery: OAuthDiscoveryState | undefined;

  state(): string {
    return 'state-of-the-test';
  }
  clientInformation(): OAuthClientInformationMixed | undefined {
    return this.#client;
  }
  saveClientInformation(client: OAuthClientInformationMixed): void {
    this.#client = client;
  }
  tokens(): StoredOAuthTokens | undefined {
    return this.#tokens;
  }
  held(): StoredOAuthTokens {
    if (!this.#tokens) throw new Error('The client holds no tokens.');
    return this.#tokens;
  }
  saveTokens(tokens: StoredOAuthTokens): void {
    this.#tokens = tokens;
  }
  redirectToAuthorization(url: URL): void {
    this.authorizationUrl = url;
  }
  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }
  codeVerifier(): string {
    return this.#verifier;
  }
  saveDiscoveryState(state: OAuthDiscoveryState): void {
    this.#discovery = state;
  }
  discoveryState(): OAuthDiscoveryState | undefined {
    return this.#discovery;
  }
}

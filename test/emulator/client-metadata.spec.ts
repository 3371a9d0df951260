import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  auth,
  type OAuthClientInformationMixed,
  type OAuthClientProvider,
  type StoredOAuthTokens,
} from '@modelcontextprotocol/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../../src/emulator/index.js';
import { OAuthTestClient, REDIRECT_URI } from './oauth-test-client.js';
import { PageDriver } from './page-driver.js';

const CLIENT_URL = 'https://client.example.com/oauth/metadata.json';
const DOCUMENT = {
  client_id: CLIENT_URL,
  client_name: 'A client by its URL',
  redirect_uris: [REDIRECT_URI],
  token_endpoint_auth_method: 'none',
};

describe('Client id metadata documents', () => {
  let emulator: ClerkEmulator;
  beforeAll(async () => {
    emulator = await startClerkEmulator();
  });
  beforeEach(() => {
    emulator.reset();
    emulator.configure({ clientIdMetadataDocuments: true, dynamicClientRegistration: false });
  });
  afterAll(() => emulator.close());

  it('let the official MCP client sign in without registration', async () => {
    emulator.clientMetadata.set(CLIENT_URL, DOCUMENT);
    const resourceServer = await resourceServerOf(emulator.url);
    const { port } = resourceServer.address() as AddressInfo;
    const serverUrl = `http://127.0.0.1:${port}/mcp`;
    const provider = new UrlClient();
    expect(await auth(provider, { serverUrl })).toBe('REDIRECT');
    expect(provider.authorizationUrl.searchParams.get('client_id')).toBe(CLIENT_URL);
    const callback = await new PageDriver(emulator.url).authorize(provider.authorizationUrl);
    const authorizationCode = callback.searchParams.get('code') ?? '';
    const iss = callback.searchParams.get('iss') ?? '';
    expect(await auth(provider, { serverUrl, authorizationCode, iss })).toBe('AUTHORIZED');
    const first = provider.held?.refresh_token;
    expect(await auth(provider, { serverUrl })).toBe('AUTHORIZED');
    expect(provider.held?.refresh_token).not.toBe(first);
    expect(emulator.counters.ofGroup('registration')).toBe(0);
    resourceServer.close();
  });

  it('are advertised when they are switched on', async () => {
    const document = `${emulator.url}/.well-known/oauth-authorization-server`;
    const advertised = async () => (await fetch(document)).json();
    expect(await advertised()).toMatchObject({ client_id_metadata_document_supported: true });
    emulator.configure({ clientIdMetadataDocuments: false });
    expect(await advertised()).not.toHaveProperty('client_id_metadata_document_supported');
    emulator.clientMetadata.set(CLIENT_URL, DOCUMENT);
    expect((await pageFor(CLIENT_URL)).status).toBe(400);
  });

  it('are read for each authorization, and require PKCE and consent', async () => {
    emulator.clientMetadata.set(CLIENT_URL, DOCUMENT);
    expect((await pageFor(CLIENT_URL)).status).toBe(200);
    const { pkceRequired, dynamicallyRegistered } = emulator.oauthApplications.get(CLIENT_URL);
    expect({ pkceRequired, dynamicallyRegistered }).toEqual({
      pkceRequired: true,
      dynamicallyRegistered: true,
    });
    emulator.clientMetadata.set(CLIENT_URL, {
      ...DOCUMENT,
      redirect_uris: ['https://x.example/y'],
    });
    const page = await pageFor(CLIENT_URL);
    expect(page.status).toBe(400);
    expect(await page.text()).toContain('not one that the application registered');
  });

  it.each([
    [
      'that is about another client',
      { client_id: 'https://other.example.com/x' },
      'another client_id',
    ],
    ['without a name', { client_name: undefined }, 'client_name'],
    ['without redirect URIs', { redirect_uris: [] }, 'redirect_uris'],
    ['with a scheme that a browser would run', { redirect_uris: ['javascript:1'] }, 'redirect URI'],
    ['with a secret', { client_secret: 's' }, 'client_secret'],
    [
      'of a client with a secret',
      { token_endpoint_auth_method: 'client_secret_post' },
      'auth_method',
    ],
  ])('are refused %s', async (_what, changes, reason) => {
    emulator.clientMetadata.set(CLIENT_URL, { ...DOCUMENT, ...changes });
    const page = await pageFor(CLIENT_URL);
    expect(page.status).toBe(400);
    expect(await page.text()).toContain(reason);
  });

  it('hold the scopes that the instance allows, and offline_access', async () => {
    emulator.clientMetadata.set(CLIENT_URL, { ...DOCUMENT, scope: 'private_metadata' });
    emulator.configure({ clientMetadataScopes: ['email'] });
    await pageFor(CLIENT_URL);
    const { scopes } = emulator.oauthApplications.get(CLIENT_URL);
    expect(scopes).toEqual(['email', 'offline_access']);
    const client = new OAuthTestClient(emulator);
    const url = client.authorizationUrl({ client_id: CLIENT_URL, scope: 'private_metadata' });
    const refused = await client.browser.get(url);
    expect(refused.headers.get('location')).toContain('error=invalid_scope');
    emulator.configure({ clientMetadataScopes: ['email', 'offline_access', 'profile'] });
  });

  it('have exact redirect URIs, the port of a loopback address included', async () => {
    emulator.clientMetadata.set(CLIENT_URL, DOCUMENT);
    const client = new OAuthTestClient(emulator);
    const redirect_uri = 'http://127.0.0.1:40000/callback';
    const url = client.authorizationUrl({ client_id: CLIENT_URL, redirect_uri });
    expect((await client.browser.get(url)).status).toBe(400);
  });

  it.each([
    'https://127.0.0.1/metadata.json',
    'https://[::1]/metadata.json',
    'https://localhost/metadata.json',
    'https://169.254.169.254/latest/meta-data',
    'https://10.0.0.1/metadata.json',
    'https://[::ffff:192.168.0.1]/metadata.json',
  ])('are not fetched from %s', async (url) => {
    const page = await pageFor(new URL(url).href);
    expect(page.status).toBe(400);
    expect(await page.text()).toContain('The host is not a public one.');
  });

  it.each([
    'http://client.example.com/metadata.json',
    'https://client.example.com/',
    'https://client.example.com/a/../b',
    'https://user@client.example.com/metadata.json',
    'https://client.example.com/metadata.json#here',
  ])('are not read from %s', async (clientId) => {
    const page = await pageFor(clientId);
    expect(page.status).toBe(400);
    expect(await page.text()).toContain('No application has this client_id.');
  });

  /** The page in response to an authorization request with this client id. */
  async function pageFor(clientId: string): Promise<Response> {
    const client = new OAuthTestClient(emulator);
    const url = client.authorizationUrl({ client_id: clientId });
    return client.browser.follow(await client.browser.get(url));
  }
});

async function resourceServerOf(issuer: string): Promise<Server> {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    const resource = `http://${request.headers.host}/mcp`;
    const scopes_supported = ['profile', 'email', 'offline_access'];
    response.end(JSON.stringify({ resource, authorization_servers: [issuer], scopes_supported }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** An MCP client whose `client_id` is the URL of its metadata document. */
class UrlClient implements OAuthClientProvider {
  readonly redirectUrl = REDIRECT_URI;
  readonly clientMetadataUrl = CLIENT_URL;
  readonly clientMetadata = {
    client_name: 'A client by its URL',
    redirect_uris: [REDIRECT_URI],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'none',
  };
  authorizationUrl = new URL('about:blank');
  held: StoredOAuthTokens | undefined;
  #client: OAuthClientInformationMixed | undefined;
  #verifier = '';

  clientInformation(): OAuthClientInformationMixed | undefined {
    return this.#client;
  }
  saveClientInformation(client: OAuthClientInformationMixed): void {
    this.#client = client;
  }
  tokens(): StoredOAuthTokens | undefined {
    return this.held;
  }
  saveTokens(tokens: StoredOAuthTokens): void {
    this.held = tokens;
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
}

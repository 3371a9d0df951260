import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ClerkAuthOptions } from '../../src/clerk/clerk-auth.options.js';
import { ClerkConfigurationError } from '../../src/clerk/clerk.errors.js';
import { resolveClerkOptions } from '../../src/clerk/resolve-clerk-options.js';
import { createKey } from './support/fake-clerk.js';

const minimal: ClerkAuthOptions = {
  secretKey: 'sk_test_fixture',
  clerkDomain: 'clerk.example.com',
  baseURL: 'https://mcp.example.com',
};
const resolve = (overrides: Partial<ClerkAuthOptions> = {}) =>
  resolveClerkOptions({ ...minimal, ...overrides });
const failure = (overrides: Record<string, unknown>): string => {
  try {
    resolve(overrides);
  } catch (error) {
    if (error instanceof ClerkConfigurationError) return error.message;
    throw error;
  }
  throw new Error('The options passed.');
};
const publishableKey = (host: string, kind = 'test') =>
  `pk_${kind}_${Buffer.from(`${host}$`).toString('base64')}`;

afterEach(() => void vi.unstubAllEnvs());

describe('resolveClerkOptions', () => {
  it('completes three names', () => {
    expect(resolve()).toMatchObject({
      issuer: 'https://clerk.example.com',
      apiURL: 'https://api.clerk.com',
      resource: 'https://mcp.example.com/mcp',
      metadataURL: 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp',
      scopes: ['profile', 'email'],
      audience: 'required',
      metaAuthorization: true,
      jwtKey: null,
      oauthClient: null,
    });
    expect([...resolve().acceptedTokens]).toEqual(['oauth_token', 'session_token']);
  });

  it.each([
    ['secretKey', { secretKey: '', clerkDomain: '', baseURL: '' }],
    ['clerkDomain', { clerkDomain: ' ', baseURL: '' }],
    ['baseURL', { baseURL: undefined }],
  ])('misses %s, in the order of the seed', (name, overrides) => {
    expect(failure(overrides)).toMatch(new RegExp(`^\\[Clerk\\] Missing required config: ${name}`));
  });

  it('needs no secret key beside a publishable key, which then names the kind of instance', () => {
    const alone = (overrides: Partial<ClerkAuthOptions> = {}) =>
      resolve({ secretKey: undefined, clerkDomain: undefined, ...overrides });
    const key = publishableKey('clerk.example.com');
    expect(alone({ publishableKey: key })).toMatchObject({
      secretKey: null,
      issuer: 'https://clerk.example.com',
      publishableKey: key,
    });
    const live = { publishableKey: publishableKey('clerk.example.com', 'live') };
    expect(() => alone(live)).toThrow('authorizedParties');
    const emulator = { ...live, clerkDomain: 'http://127.0.0.1:4010', production: false };
    expect(alone(emulator).publishableKey).toMatch(/^pk_live_/);
  });

  it('accepts no API keys without a secret key', () => {
    const overrides = { secretKey: '', publishableKey: publishableKey('clerk.example.com') };
    expect(failure({ ...overrides, acceptedTokens: ['api_key'] })).toContain(
      'Set CLERK_SECRET_KEY',
    );
    expect(resolve({ ...overrides, acceptedTokens: ['m2m_token'] }).secretKey).toBeNull();
  });

  it('knows the machine that the server is', () => {
    expect(resolve()).toMatchObject({ machineId: null, machineSecretKey: null });
    const machine = { machineId: ' mch_1 ', machineSecretKey: 'ak_fixture' };
    expect(resolve(machine)).toMatchObject({ machineId: 'mch_1', machineSecretKey: 'ak_fixture' });
    expect(failure({ machineId: 'ak_1' })).toContain('machineId is "ak_1"');
    const wrong = failure({ machineSecretKey: 'sk_test_wrong' });
    expect(wrong).toContain('machineSecretKey is not the secret key of a machine');
    expect(wrong).not.toContain('sk_test_wrong');
  });

  it.each([
    ['clerk.example.com', 'https://clerk.example.com'],
    ['https://clerk.example.com/', 'https://clerk.example.com'],
    ['https://Clerk.Example.com', 'https://clerk.example.com'],
    ['127.0.0.1:4010', 'http://127.0.0.1:4010'],
    ['localhost:4010', 'http://localhost:4010'],
    ['http://127.0.0.1:4010', 'http://127.0.0.1:4010'],
    ['http://[::1]:4010', 'http://[::1]:4010'],
    ['https://localhost:4010', 'https://localhost:4010'],
  ])('reads the domain %s as %s', (clerkDomain, issuer) => {
    expect(resolve({ clerkDomain }).issuer).toBe(issuer);
  });

  it.each([
    'http://clerk.example.com',
    'https://clerk.example.com/v1',
    'https://user:pass@clerk.example.com',
    'ftp://clerk.example.com',
    'not a host',
    'https://',
  ])('refuses the domain %s', (clerkDomain) => {
    expect(failure({ clerkDomain })).toContain('clerkDomain');
  });

  it.each([
    [{ baseURL: 'https://notes.test/mcp' }, ['mcp'], '/mcp', 'https://notes.test'],
    [{ baseURL: 'https://notes.test/api/mcp/' }, ['mcp'], '/mcp', 'https://notes.test/api'],
    [{ baseURL: 'https://notes.test//mcp' }, [], '/mcp', 'https://notes.test'],
    [
      { baseURL: 'https://notes.test/a/tools/mcp' },
      ['tools/mcp'],
      '/tools/mcp',
      'https://notes.test/a',
    ],
    [{ baseURL: 'https://notes.test/admin' }, ['mcp', 'admin'], '/admin', 'https://notes.test'],
    [{ baseURL: 'https://notes.test/x', path: '/x' }, ['mcp'], '/x', 'https://notes.test'],
  ])('refuses %o, which ends in the path of an endpoint', (options, paths, path, right) => {
    const resolveIt = () => resolveClerkOptions({ ...minimal, ...options }, paths);
    expect(resolveIt).toThrow(`baseURL ends in ${path}, which is the path of the endpoint`);
    expect(resolveIt).toThrow(`Write baseURL: '${right}'.`);
  });

  it.each([
    ['https://notes.test/notes-mcp', ['mcp'], 'https://notes.test/notes-mcp/mcp'],
    ['https://notes.test/mcp/api', ['mcp'], 'https://notes.test/mcp/api/mcp'],
    ['https://notes.test/mcp', [''], 'https://notes.test/mcp'],
  ])('takes the URL %s for %o', (baseURL, paths, resource) => {
    expect(resolveClerkOptions({ ...minimal, baseURL }, paths).resource).toBe(resource);
  });

  it('refuses keys in the place of each other, without their values', () => {
    const pk = publishableKey('clerk.example.com');
    expect(failure({ secretKey: pk })).toBe(
      '[Clerk] secretKey is a publishable key. Set CLERK_SECRET_KEY to the key that starts with sk_.',
    );
    const swapped = failure({ publishableKey: 'sk_test_hidden' });
    expect(swapped).toContain('publishableKey is a secret key, which must not be published.');
    expect(swapped).not.toContain('hidden');
  });

  it.each([
    ['clerk.example.com', 'https://accounts.example.com/user'],
    ['magical-marmoset-51.clerk.accounts.dev', 'https://magical-marmoset-51.accounts.dev/user'],
    ['auth.example.com', 'https://auth.example.com/user'],
    ['127.0.0.1:4010', 'http://127.0.0.1:4010/user'],
  ])('finds the page to connect accounts of the domain %s', (clerkDomain, page) => {
    expect(resolve({ clerkDomain }).upstreamConnectUrl).toBe(page);
    expect(resolve({ clerkDomain, upstreamConnectUrl: ' ' }).upstreamConnectUrl).toBe(page);
  });

  it('takes the page to connect accounts as it is given, and refuses what is none', () => {
    const upstreamConnectUrl = 'https://app.example.com/a?tab=1';
    expect(resolve({ upstreamConnectUrl }).upstreamConnectUrl).toBe(upstreamConnectUrl);
    for (const wrong of ['/accounts', 'javascript:alert(1)', 'example.com/a']) {
      expect(failure({ upstreamConnectUrl: wrong })).toContain('upstreamConnectUrl');
    }
  });

  it('derives the domain from the publishable key', () => {
    const key = publishableKey('magical-marmoset-51.clerk.accounts.dev');
    expect(resolve({ clerkDomain: undefined, publishableKey: key })).toMatchObject({
      issuer: 'https://magical-marmoset-51.clerk.accounts.dev',
      publishableKey: key,
    });
    const local = publishableKey('127.0.0.1:4010');
    expect(resolve({ clerkDomain: undefined, publishableKey: local }).issuer).toBe(
      'http://127.0.0.1:4010',
    );
  });

  it('stops when domain and publishable key disagree', () => {
    expect(failure({ publishableKey: publishableKey('clerk.other.com') })).toContain(
      'clerk.other.com',
    );
  });

  it.each([publishableKey('127.0.0.1:4010'), publishableKey('clerk.other.com'), 'pk_test_made_up'])(
    'takes an emulator on this machine at its word beside the publishable key %s',
    (key) => {
      const clerkDomain = 'http://127.0.0.1:4010';
      expect(resolve({ clerkDomain, publishableKey: key })).toMatchObject({
        issuer: clerkDomain,
        publishableKey: publishableKey('127.0.0.1:4010'),
      });
    },
  );

  it.each(['pk_test_', 'sk_test_abc', 'pk_test_bm90IGEga2V5', 'pk_live_!!!'])(
    'refuses the publishable key %s',
    (key) => {
      expect(failure({ publishableKey: key })).toContain('publishableKey');
    },
  );

  it('stops when test and live keys are mixed', () => {
    const live = publishableKey('clerk.example.com', 'live');
    expect(failure({ publishableKey: live })).toContain('same Clerk instance');
    expect(
      failure({ secretKey: 'sk_live_x', publishableKey: publishableKey('clerk.example.com') }),
    ).toContain('same Clerk instance');
  });

  it('makes up a publishable key for the SDK, also for hosts that it takes for malformed', () => {
    expect(resolve().publishableKey).toBe(publishableKey('clerk.example.com'));
    expect(resolve({ clerkDomain: 'localhost:4010' }).publishableKey).toMatch(/^pk_test_/);
  });

  it('wants authorized parties for session tokens in production', () => {
    expect(failure({ secretKey: 'sk_live_x' })).toContain('authorizedParties');
    expect(failure({ production: true })).toContain('authorizedParties');
    const authorizedParties = ['https://app.example.com'];
    expect(resolve({ production: true, authorizedParties }).authorizedParties).toHaveLength(1);
    expect(resolve({ production: true, acceptedTokens: ['oauth_token'] }).issuer).toBeDefined();
  });

  it.each(['production', 'Production', ' PRODUCTION '])(
    'takes NODE_ENV=%s for production',
    (name) => {
      vi.stubEnv('NODE_ENV', name);
      expect(failure({})).toContain('authorizedParties');
      expect(resolve({ production: false }).authorizedParties).toEqual([]);
    },
  );

  it('takes a live publishable key for production', () => {
    const live = publishableKey('clerk.example.com', 'live');
    expect(failure({ secretKey: 'made_up', publishableKey: live })).toContain('authorizedParties');
  });

  it('wants a client list for id_tokens', () => {
    expect(failure({ acceptedTokens: ['id_token'] })).toContain('CLERK_OAUTH_CLIENT_ID');
    const oauthClient = { clientId: 'client_1' };
    expect(resolve({ acceptedTokens: ['id_token'], oauthClient }).idTokenClientIds).toEqual([
      'client_1',
    ]);
  });

  it.each([
    ['acceptedTokens', { acceptedTokens: ['cookie'] }],
    ['acceptedTokens', { acceptedTokens: [] }],
    ['baseURL', { baseURL: 'mcp.example.com' }],
    ['baseURL', { baseURL: 'https://mcp.example.com?x=1' }],
    ['baseURL', { baseURL: 'file:///tmp' }],
    ['apiURL', { apiURL: 'http://api.example.com' }],
    ['jwtKey', { jwtKey: 'not a key' }],
    ['oauthClient', { oauthClient: { clientId: '', clientSecret: 'x' } }],
    ['limits.timeoutMs', { limits: { timeoutMs: -1 } }],
    ['limits.userTtlMs', { limits: { userTtlMs: Number.NaN } }],
  ])('refuses a wrong %s', (name, overrides) => {
    expect(failure(overrides)).toContain(name);
  });

  it('refuses a key shorter than 2,048 bits, and does not print it', async () => {
    const { generateKeyPairSync } = await import('node:crypto');
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
    const message = failure({ jwtKey: pem });
    expect(message).toContain('2,048');
    expect(message).not.toContain(pem.split('\n')[1]);
  });

  it('reads a PEM with line breaks of any spelling', async () => {
    const { pem } = await createKey('ins_1');
    const read = resolve({ jwtKey: pem }).jwtKey;
    expect(read).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
    expect(resolve({ jwtKey: pem.replaceAll('\n', '\\n') }).jwtKey).toBe(read);
    expect(resolve({ jwtKey: `  ${pem.replaceAll('\n', '\r\n')}` }).jwtKey).toBe(read);
  });

  it.each([
    ['https://example.com/base/', 'mcp', 'https://example.com/base/mcp', '/base/mcp'],
    ['http://127.0.0.1:3000', '/a/mcp/', 'http://127.0.0.1:3000/a/mcp', '/a/mcp'],
    ['https://example.com', '', 'https://example.com', ''],
  ])('joins %s and %j', (baseURL, path, resource, suffix) => {
    expect(resolve({ baseURL, path })).toMatchObject({
      resource,
      metadataURL: `${new URL(baseURL).origin}/.well-known/oauth-protected-resource${suffix}`,
    });
  });
});

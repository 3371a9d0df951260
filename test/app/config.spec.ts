import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigurationError, readConfig } from '../../src/app/config.js';

const INSTANCE = { CLERK_SECRET_KEY: 'sk_test_x', CLERK_DOMAIN: 'clerk.example.com' };

describe('readConfig', () => {
  it('needs no variable at all', () => {
    const config = readConfig({});
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      baseURL: 'http://127.0.0.1:3000',
      loopbackNames: true,
      production: false,
      drainMs: 5_000,
      warnings: [],
      logLevel: 'warn',
      clerk: { usesEmulator: true, refreshTool: true },
      mcp: {
        metaAuthorization: true,
        signIn: 'connect',
        allowedHosts: ['localhost', '127.0.0.1', '[::1]'],
        allowedOrigins: ['http://127.0.0.1:3000'],
      },
    });
  });

  it('shows the audit log that was asked for', () => {
    expect(readConfig({})).toMatchObject({ audit: { log: 'refusals' }, logLevel: 'warn' });
    expect(readConfig({ AUDIT_LOG: 'off' })).toMatchObject({ logLevel: 'warn' });
    expect(readConfig({ AUDIT_LOG: 'all' })).toMatchObject({
      audit: { log: 'all' },
      logLevel: 'log',
    });
    expect(readConfig({ AUDIT_LOG: 'all', LOG_LEVEL: 'error' })).toMatchObject({
      logLevel: 'error',
    });
  });

  it('takes an empty variable for unset', () => {
    expect(readConfig({ CLERK_SECRET_KEY: '', BASE_URL: ' ', PORT: '' })).toEqual(readConfig({}));
  });

  it.each([
    'CLERK_SECRET_KEY',
    'CLERK_PUBLISHABLE_KEY',
    'CLERK_DOMAIN',
    'CLERK_FRONTEND_API',
    'CLERK_API_URL',
    'CLERK_JWT_KEY',
    'CLERK_OAUTH_CLIENT_ID',
    'CLERK_OAUTH_CLIENT_SECRET',
  ])('does not use the emulator once %s is set', (name) => {
    const value = name === 'CLERK_API_URL' ? 'https://api.example.com' : 'x';
    expect(readConfig({ [name]: value }).clerk.usesEmulator).toBe(false);
    expect(() => readConfig({ [name]: value, CLERK_EMULATOR: 'on' })).toThrow(name);
  });

  it('keeps the emulator when only the rules for tokens are set', () => {
    const config = readConfig({ CLERK_ACCEPTED_TOKENS: 'oauth_token', CLERK_AUDIENCE: 'required' });
    expect(config.clerk.usesEmulator).toBe(true);
  });

  it('reads scopes as a list, or the word catalog', () => {
    const read = (value: string) => readConfig({ CLERK_SCOPES: value }).clerk.scopes;
    expect(read('profile, email,notes:read')).toEqual(['profile', 'email', 'notes:read']);
    expect(read(' catalog ')).toBe('catalog');
    expect(read('')).toBeUndefined();
  });

  it.each(['profile,,email', 'profile,', 'profile email', 'a"b', 'a,a', 'profile,catalog'])(
    'does not start with the scopes %j',
    (value) => {
      expect(() => readConfig({ CLERK_SCOPES: value })).toThrow(
        /CLERK_SCOPES: (has an empty entry|contains ("|'))/,
      );
    },
  );

  it('reads lists, switches and URLs', () => {
    const config = readConfig({
      ...INSTANCE,
      BASE_URL: 'https://mcp.example.com/',
      CLERK_ACCEPTED_TOKENS: 'oauth_token, api_key',
      CLERK_AUTHORIZED_PARTIES: 'https://a.example, https://b.example',
      CLERK_REFRESH_TOOL: 'off',
      MCP_META_AUTHORIZATION: 'off',
      MCP_SIGN_IN: 'offer',
      ALLOWED_HOSTS: 'mcp.example.com,internal',
      ALLOWED_ORIGINS: 'https://app.example.com',
    });
    expect(config).toMatchObject({
      baseURL: 'https://mcp.example.com',
      clerk: {
        acceptedTokens: ['oauth_token', 'api_key'],
        authorizedParties: ['https://a.example', 'https://b.example'],
        refreshTool: false,
      },
      mcp: {
        metaAuthorization: false,
        signIn: 'offer',
        allowedHosts: ['mcp.example.com', 'internal'],
        allowedOrigins: ['https://app.example.com'],
      },
    });
  });

  it('reads limits and proxies', () => {
    expect(readConfig({})).toMatchObject({
      rateLimit: 600,
      trustProxy: false,
      clerk: { failuresPerAddress: 30 },
    });
    const given = {
      RATE_LIMIT: '60',
      AUTH_FAILURE_LIMIT: '5',
      TRUST_PROXY: 'loopback, 10.0.0.0/8',
    };
    expect(readConfig(given)).toMatchObject({
      rateLimit: 60,
      trustProxy: ['loopback', '10.0.0.0/8'],
      clerk: { failuresPerAddress: 5 },
    });
    expect(readConfig({ RATE_LIMIT: 'off', AUTH_FAILURE_LIMIT: 'off' })).toMatchObject({
      rateLimit: Infinity,
      clerk: { failuresPerAddress: Infinity },
    });
    const networks = ['::1', '2001:db8::/32', 'uniquelocal', '192.0.2.1'];
    expect(readConfig({ TRUST_PROXY: networks.join() }).trustProxy).toEqual(networks);
  });

  it('takes CLERK_FRONTEND_API for CLERK_DOMAIN, in any spelling of the same host', () => {
    const both = { ...INSTANCE, CLERK_FRONTEND_API: 'https://clerk.example.com/' };
    expect(readConfig(both).clerk.clerkDomain).toBe('clerk.example.com');
    const one = { CLERK_SECRET_KEY: 'sk_test_x', CLERK_FRONTEND_API: 'https://f.example' };
    expect(readConfig(one).clerk.clerkDomain).toBe('https://f.example');
  });

  it.each([
    ['PORT', { PORT: 'http' }],
    ['PORT', { PORT: '0' }],
    ['PORT', { PORT: '65536' }],
    ['BASE_URL', { BASE_URL: 'mcp.example.com' }],
    ['BASE_URL', { BASE_URL: 'ftp://mcp.example.com' }],
    ['CLERK_AUDIENCE', { CLERK_AUDIENCE: 'none' }],
    ['CLERK_AUDIENCES', { CLERK_AUDIENCES: 'https://a.example/mcp, b.example' }],
    ['CLERK_AUDIENCES', { CLERK_AUDIENCES: 'https://a.example/mcp?x=1,2' }],
    ['CLERK_AUDIENCES', { CLERK_AUDIENCES: 'https://a.example/mcp,'.repeat(21) }],
    ['CLERK_ACCEPTED_TOKENS', { CLERK_ACCEPTED_TOKENS: 'oauth_token,cookies' }],
    ['CLERK_REFRESH_TOOL', { CLERK_REFRESH_TOOL: 'no' }],
    ['MCP_SIGN_IN', { MCP_SIGN_IN: 'never' }],
    ['LOG_LEVEL', { LOG_LEVEL: 'loud' }],
    ['RATE_LIMIT', { RATE_LIMIT: '0' }],
    ['RATE_LIMIT', { RATE_LIMIT: 'many' }],
    ['AUTH_FAILURE_LIMIT', { AUTH_FAILURE_LIMIT: '1.5' }],
    ['TRUST_PROXY', { TRUST_PROXY: 'true' }],
    ['TRUST_PROXY', { TRUST_PROXY: '1' }],
    ['TRUST_PROXY', { TRUST_PROXY: '10.0.0.0/33' }],
    ['TRUST_PROXY', { TRUST_PROXY: '10.0.0.0/8/8' }],
    ['TRUST_PROXY', { TRUST_PROXY: '10.0.0.1,proxy.example.com' }],
    ['DRAIN_MS', { DRAIN_MS: '-1' }],
    ['DRAIN_MS', { DRAIN_MS: '5s' }],
    ['CLERK_EMULATOR', { CLERK_EMULATOR: 'yes' }],
    ['AUDIT_LOG', { AUDIT_LOG: 'on' }],
    ['AUDIT_DIGEST_KEY', { AUDIT_DIGEST_KEY: 'short' }],
  ])('names %s when it does not fit', (name, environment) => {
    expect(() => readConfig(environment)).toThrow(ConfigurationError);
    expect(() => readConfig(environment)).toThrow(`${name}`);
  });

  it.each(['auto', 'connect', 'offer', 'call'])('takes MCP_SIGN_IN=%s', (mode) => {
    expect(readConfig({ MCP_SIGN_IN: mode }).mcp.signIn).toBe(mode);
    expect(() => readConfig({ MCP_SIGN_IN: `${mode}s` })).toThrow(
      'MCP_SIGN_IN: say connect, offer, call, or auto for what fits the entries',
    );
  });

  it('names every problem at once', () => {
    expect(() => readConfig({ PORT: 'x', MCP_SIGN_IN: 'x' })).toThrow(/PORT.*\n.*MCP_SIGN_IN/);
  });

  it.each([
    ['127.0.0.1', 'http://127.0.0.1:3000', true],
    ['localhost', 'http://localhost:3000', true],
    ['::1', 'http://[::1]:3000', true],
    ['0.0.0.0', 'http://localhost:3000', true],
    ['::', 'http://localhost:3000', true],
    ['127.0.0.2', 'http://127.0.0.2:3000', false],
    ['192.0.2.7', 'http://192.0.2.7:3000', false],
    ['mcp.internal', 'http://mcp.internal:3000', false],
  ])('without BASE_URL, on the host %s, has the URL %s', (HOST, baseURL, loopbackNames) => {
    expect(readConfig({ ...INSTANCE, HOST })).toMatchObject({ baseURL, loopbackNames });
    const named = { ...INSTANCE, HOST, BASE_URL: 'http://localhost:3000' };
    const { mcp, ...exact } = readConfig(named);
    expect(exact).toMatchObject({ baseURL: named.BASE_URL, loopbackNames: false });
    expect(mcp.allowedHosts).toEqual(['localhost']);
  });

  it('reads further audiences', () => {
    const audiences = ['https://old.example.com/mcp', 'https://mcp.example.com/mcp?a=1'];
    const { clerk } = readConfig({ ...INSTANCE, CLERK_AUDIENCES: `${audiences.join(' , ')},` });
    expect(clerk.audiences).toEqual(audiences);
    expect(() => readConfig({ CLERK_AUDIENCES: 'x' })).toThrow(
      /CLERK_AUDIENCES.*"x" is not.*Write/,
    );
  });

  it('stops the boot when two names of the Frontend API disagree', () => {
    const environment = { ...INSTANCE, CLERK_FRONTEND_API: 'other.example.com' };
    expect(() => readConfig(environment)).toThrow('CLERK_DOMAIN and CLERK_FRONTEND_API disagree');
  });

  it('refuses the emulator in production, and says what is missing', () => {
    expect(() => readConfig({ NODE_ENV: 'production' })).toThrow(
      '[Clerk] Missing required config: secretKey',
    );
    expect(() => readConfig({ NODE_ENV: 'production', ...INSTANCE })).toThrow(
      '[Clerk] Missing required config: baseURL',
    );
  });

  const LIVE = {
    CLERK_SECRET_KEY: 'sk_live_x',
    CLERK_PUBLISHABLE_KEY: 'pk_live_Y2xlcmsuZXhhbXBsZS5jb20k',
  };
  it.each([
    { NODE_ENV: 'production' },
    { NODE_ENV: 'Production' },
    { NODE_ENV: ' PRODUCTION ' },
    LIVE,
    { ...LIVE, NODE_ENV: 'prod' },
    { ...LIVE, NODE_ENV: 'development' },
    { CLERK_SECRET_KEY: ' sk_live_x' },
    { CLERK_PUBLISHABLE_KEY: LIVE.CLERK_PUBLISHABLE_KEY },
  ])('takes %j for production', (environment) => {
    const { production, logLevel } = readConfig({
      ...INSTANCE,
      ...environment,
      BASE_URL: 'https://mcp.example.com',
    });
    expect({ production, logLevel }).toEqual({ production: true, logLevel: 'log' });
    expect(() => readConfig(environment)).toThrow('[Clerk] Missing required config');
    expect(() => readConfig({ ...environment, CLERK_EMULATOR: 'on' })).toThrow(ConfigurationError);
  });

  it.each(['prod', 'test', 'development', 'productions'])('takes %s for no production', (name) => {
    expect(readConfig({ NODE_ENV: name })).toMatchObject({ production: false });
  });

  it('refuses the emulator behind a public URL, and names what allows it', () => {
    const BASE_URL = 'https://tunnel.example.com';
    expect(() => readConfig({ BASE_URL })).toThrow(/secretKey.*CLERK_EMULATOR=on/);
    const { clerk, production } = readConfig({ BASE_URL, CLERK_EMULATOR: 'on' });
    expect({ usesEmulator: clerk.usesEmulator, production }).toEqual({
      usesEmulator: true,
      production: false,
    });
    expect(() => readConfig({ BASE_URL, CLERK_EMULATOR: 'on', NODE_ENV: 'Production' })).toThrow(
      'never runs in production',
    );
    expect(() => readConfig({ BASE_URL, CLERK_EMULATOR: 'on', HOST: '0.0.0.0' })).toThrow('HOST');
  });

  it.each(['http://localhost:8080', 'http://127.0.0.1:3000', 'http://[::1]:3000'])(
    'allows the emulator at %s',
    (BASE_URL) => expect(readConfig({ BASE_URL }).clerk.usesEmulator).toBe(true),
  );

  it('warns of test keys behind a public URL', () => {
    const BASE_URL = 'https://mcp.example.com';
    expect(readConfig({ ...INSTANCE, BASE_URL }).warnings).toEqual([
      expect.stringContaining('development instance'),
    ]);
    expect(readConfig(INSTANCE).warnings).toEqual([]);
    expect(readConfig({ ...LIVE, BASE_URL }).warnings).toEqual([]);
    expect(readConfig({ BASE_URL, CLERK_EMULATOR: 'on' }).warnings).toEqual([]);
  });

  it.each(['0.0.0.0', '::', '10.0.0.7', 'example.com'])('refuses the emulator on %s', (HOST) => {
    expect(() => readConfig({ HOST })).toThrow('[Clerk] Missing required config: secretKey');
  });

  it.each(['127.0.0.1', '127.0.0.2', 'localhost', '::1'])('allows the emulator on %s', (HOST) => {
    expect(readConfig({ HOST }).clerk.usesEmulator).toBe(true);
  });

  it('has each of its variables in .env.example and in the documentation', () => {
    const source = readFileSync(new URL('../../src/app/environment.ts', import.meta.url), 'utf8');
    const names = new Set(source.match(/\b[A-Z]+(_[A-Z]+)+(?=:)|\b(PORT|HOST)(?=:)/g));
    expect(names.size).toBeGreaterThan(20);
    for (const document of ['.env.example', 'docs/environment.md']) {
      const text = readFileSync(new URL(`../../${document}`, import.meta.url), 'utf8');
      expect([...names].filter((name) => !text.includes(name))).toEqual([]);
    }
  });
});

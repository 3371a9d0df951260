import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { docsPage } from '../../../src/docs/docs-page.js';
import { startClerkEmulator } from '../../../src/emulator/index.js';
import { freePort } from '../../support/free-port.js';
import { doctorUnderTest } from './doctor-under-test.js';

const doctor = doctorUnderTest();

describe('nestjs-clerk-mcp doctor looks at the Clerk instance', () => {
  it('finds a secret key that Clerk refuses', async () => {
    const other = { ...doctor.environment, CLERK_SECRET_KEY: 'sk_test_other' };
    const { code, checks } = await doctor.examined(['--clerk-only'], { environment: other });
    expect(code).toBe(1);
    expect(checks['secret-key']).toEqual({
      name: 'secret-key',
      status: 'failure',
      message: 'The Backend API refuses the secret key',
      cure: 'Set CLERK_SECRET_KEY to a key that the API keys page of the dashboard shows.',
      page: docsPage('clerk-application'),
    });
    expect(checks['instance']).toBeUndefined();
  });

  it('says what is off without a secret key, and sends none', async () => {
    const alone = { ...doctor.environment, CLERK_SECRET_KEY: '' };
    const { code, checks } = await doctor.examined(['--clerk-only'], { environment: alone });
    expect(code).toBe(0);
    expect(checks['secret-key']).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('Off: opaque access tokens, API keys,'),
    });
    expect(checks['signing-keys']?.status).toBe('ok');
    expect(checks['token-format']).toMatchObject({ status: 'warning' });
    expect(checks['instance']).toBeUndefined();
  });

  it('finds keys of two instances', async () => {
    await using other = await startClerkEmulator();
    const mixed = {
      ...doctor.environment,
      CLERK_API_URL: other.url,
      CLERK_SECRET_KEY: other.secretKey,
    };
    const { checks } = await doctor.examined(['--clerk-only'], { environment: mixed });
    expect(checks['secret-key']?.status).toBe('ok');
    expect(checks['instance']).toMatchObject({
      status: 'failure',
      message: 'The secret key and the Frontend API belong to different instances',
    });
  });

  it.each([
    ['jwks', 'signing-keys', /jwks\.json answers 503/],
    ['jwks', 'secret-key', /v1\/jwks answers 503/],
    ['discovery', 'issuer', /oauth-authorization-server answers 503/],
  ] as const)('finds %s out of order, in the check %s', async (group, name, message) => {
    doctor.service.clerk.faults.set(group, { kind: 'status', status: 503 });
    const { code, checks } = await doctor.examined(['--clerk-only']);
    expect(code).toBe(1);
    expect(checks[name]).toMatchObject({
      status: 'failure',
      message: expect.stringMatching(message),
    });
  });

  it('finds a Frontend API that cannot be reached', async () => {
    const nobody = `http://127.0.0.1:${await freePort()}`;
    const gone = { ...doctor.environment, CLERK_FRONTEND_API: nobody };
    const { checks } = await doctor.examined(['--clerk-only'], { environment: gone });
    expect(checks['issuer']?.message).toMatch(/cannot be reached \(ECONNREFUSED\)/);
  });

  it('finds a pinned key of another instance, and is content with the right one', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const foreign = await doctor.examined(['--clerk-only'], {
      environment: { ...doctor.environment, CLERK_JWT_KEY: pem },
    });
    expect(foreign.checks['jwt-key']?.status).toBe('failure');
    const right = await doctor.examined(['--clerk-only'], {
      environment: { ...doctor.environment, CLERK_JWT_KEY: doctor.service.clerk.keys.publicKeyPem },
    });
    expect(right.checks['jwt-key']?.status).toBe('ok');
  });

  it.each([
    [4_000, 'warning', /The local clock is [345] seconds ahead of Clerk/],
    [-60_000, 'failure', /The local clock is (59|60|61) seconds behind Clerk/],
  ])('finds a clock that is off by %i ms', async (skew, status, message) => {
    const now = () => Date.now() + skew;
    const { checks } = await doctor.examined(['--clerk-only'], {
      environment: doctor.environment,
      now,
    });
    expect(checks['clock']).toMatchObject({ status, message: expect.stringMatching(message) });
  });

  it('warns of an instance whose client nobody can become', async () => {
    doctor.service.clerk.configure({ dynamicClientRegistration: false });
    const closed = await doctor.examined(['--clerk-only']);
    expect(closed.checks['client-registration']?.status).toBe('warning');
    expect(closed.code).toBe(0);
    const own = await doctor.examined(['--clerk-only'], {
      environment: { ...doctor.environment, CLERK_OAUTH_CLIENT_ID: 'mine' },
    });
    expect(own.checks['client-registration']?.status).toBe('ok');
    doctor.service.clerk.configure({ clientIdMetadataDocuments: true });
    const byDocument = await doctor.examined(['--clerk-only']);
    expect(byDocument.checks['client-registration']).toMatchObject({
      status: 'ok',
      message: 'MCP clients can register with CIMD',
    });
  });

  it('tells opaque tokens, lax audiences and sessions of any site', async () => {
    doctor.service.clerk.configure({ accessTokenFormat: 'opaque' });
    const { checks } = await doctor.examined(['--clerk-only'], {
      environment: {
        ...doctor.environment,
        CLERK_AUDIENCE: 'foreign-only',
        CLERK_AUTHORIZED_PARTIES: '',
      },
    });
    for (const name of ['token-format', 'audience', 'session-tokens']) {
      expect(checks[name]?.status, name).toBe('warning');
    }
  });

  it.each([
    [{}, /Missing required config: secretKey/],
    [{ CLERK_SECRET_KEY: 'sk_test_x' }, /Missing required config: clerkDomain/],
    [
      { CLERK_SECRET_KEY: 'sk_live_x', CLERK_PUBLISHABLE_KEY: 'pk_test_eC55JA' },
      /publishableKey is not/,
    ],
  ])('says what is missing in %j', async (variables, message) => {
    const { code, checks } = await doctor.examined(['--clerk-only'], { environment: variables });
    expect(code).toBe(1);
    expect(checks['configuration']?.message).toMatch(message);
    expect(checks['configuration']?.cure).toMatch(/^(Set|Take) /);
  });
});

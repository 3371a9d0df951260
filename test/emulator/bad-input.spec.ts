import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../../src/emulator/index.js';
import { signingKey } from '../support/signing-key.js';
import { OAuthTestClient } from './oauth-test-client.js';
import { PageDriver, readForm } from './page-driver.js';

let emulator: ClerkEmulator;
beforeAll(async () => {
  emulator = await startClerkEmulator({ signingKey: signingKey() });
});
afterEach(() => emulator.reset());
afterAll(() => emulator.close());

/** Requests of the control surface that take a body, with the fields that they know. */
const CONTROL: Readonly<Record<string, readonly string[]>> = {
  users: ['emailAddress', 'id', 'publicMetadata', 'banned'],
  'users/update': ['user', 'emailAddress', 'username'],
  'users/delete': ['user'],
  organizations: ['name', 'id', 'slug', 'createdBy'],
  'organizations/delete': ['organization'],
  organization_memberships: ['organization', 'user', 'role', 'permissions'],
  'organization_memberships/delete': ['organization', 'user'],
  sessions: ['user', 'organization', 'status', 'actor'],
  'sessions/status': ['session', 'status'],
  external_accounts: ['user', 'provider', 'scopes', 'expiresInSeconds'],
  'external_accounts/delete': ['id'],
  oauth_applications: ['name', 'redirectUris', 'scopes', 'public', 'clientId'],
  'oauth_applications/update': ['clientId', 'redirectUris', 'scopes'],
  api_keys: ['name', 'subject', 'secret', 'expiresInSeconds', 'scopes'],
  machines: ['name', 'id', 'secretKey', 'scopedMachines', 'defaultTokenLifetime'],
  m2m_tokens: ['machine', 'claims', 'expiresInSeconds'],
  billing_plans: ['slug', 'payerType', 'monthlyFee'],
  billing_statements: ['payer', 'amount', 'status'],
  scopes: ['name', 'description'],
  'scopes/delete': ['name'],
  switches: ['accessTokenFormat', 'defaultScopes', 'resources', 'refreshTokenGraceMs'],
  faults: ['group', 'kind', 'times', 'status', 'milliseconds'],
  'faults/clear': ['group'],
  'keys/rotate': ['keepPrevious'],
  tokens: ['kind', 'user', 'scopes', 'resource', 'expiresInSeconds', 'claims'],
  webhook: ['url', 'signingSecret'],
};

const KNOWN = [
  'ada@example.com',
  'emulatorLocalApp',
  'oauth_access_token',
  'org:admin',
  '__proto__',
];

async function control(path: string, body: string, type = 'application/json'): Promise<Response> {
  const headers = { 'content-type': type };
  return fetch(`${emulator.url}/__emulator/${path}`, { method: 'POST', headers, body });
}

describe('The control surface', () => {
  it.each(Object.entries(CONTROL))(
    'answers any body of %s by 200 or a named error',
    async (path, fields) => {
      const value = fc.oneof(
        fc.constantFrom(...KNOWN),
        fc.jsonValue({ maxDepth: 2 }),
        fc.constantFrom(Number.MAX_SAFE_INTEGER, -1, 0, 1e300, [], ['x'], {}, ''),
      );
      const members = Object.fromEntries(fields.map((field) => [field, value]));
      const body = fc.oneof(
        fc.record(members, { requiredKeys: [] }).map((one) => JSON.stringify(one)),
        fc.jsonValue({ maxDepth: 2 }).map((one) => JSON.stringify(one)),
        fc.string(),
      );
      const property = fc.asyncProperty(body, async (text) => {
        const response = await control(path, text);
        expect([200, 400], text).toContain(response.status);
        const answer: unknown = await response.json();
        if (response.status === 400) {
          expect(answer, text).toEqual({
            error: expect.stringMatching(/^[A-Z][A-Z_]+$/),
            message: expect.stringMatching(/\S/),
          });
          expect(answer, text).not.toMatchObject({ error: 'INTERNAL' });
        }
      });
      await fc.assert(property, { numRuns: 40 });
      emulator.faults.clear();
      expect((await fetch(`${emulator.url}/__emulator/seed`)).status).toBe(200);
    },
  );

  it('refuses a redirect URI that Clerk refuses, at an update as well', async () => {
    const redirectUris = ['http://example.com/callback'];
    const body = JSON.stringify({ clientId: 'emulatorLocalApp', redirectUris });
    const response = await control('oauth_applications/update', body);
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(/redirect URI .*Use https/);
  });
});

describe('The sign-in and consent pages', () => {
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom('', '__proto__', '%00', 'ada@example.com', '\u0000', '😀', 'x'.repeat(5_000)),
  );

  it.each(['/sign-in', '/oauth/consent'])(
    'answer any form at %s with a page, and go nowhere',
    async (path) => {
      const fields = { interaction: text, csrf_token: text, account: text, consented: text };
      const property = fc.asyncProperty(
        fc.record(fields, { requiredKeys: [] }),
        text,
        async (form, query) => {
          const address = `${emulator.url}${path}`;
          const sent = await fetch(address, {
            method: 'POST',
            body: new URLSearchParams(form),
            redirect: 'manual',
          });
          const asked = await fetch(`${address}?interaction=${encodeURIComponent(query)}`, {
            redirect: 'manual',
          });
          for (const [response, status] of [
            [sent, 403],
            [asked, 400],
          ] as const) {
            expect(response.status).toBe(status);
            expect(response.headers.get('content-type')).toContain('text/html');
            expect(response.headers.get('location')).toBeNull();
            expect(await response.text()).toContain('Please start again');
          }
        },
      );
      await fc.assert(property, { numRuns: 40 });
    },
  );

  it('sign in nobody but an account that there is, whatever the form names', async () => {
    const client = new OAuthTestClient(emulator);
    const driver = new PageDriver(emulator.url);
    const page = await driver.follow(await driver.get(client.authorizationUrl()));
    const { hidden } = await readForm(page);
    const accounts = text.filter((one) => emulator.users.find(one) === undefined);
    const property = fc.asyncProperty(accounts, async (account) => {
      const response = await driver.post('/sign-in', { ...hidden, account });
      expect(response.status).toBe(400);
      expect(response.headers.get('set-cookie')).toBeNull();
      expect(await response.text()).toContain('Unknown account');
    });
    await fc.assert(property, { numRuns: 40 });
  });
});

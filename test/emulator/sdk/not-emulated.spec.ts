import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../../../src/emulator/index.js';
import { expectUnsupported, methodsOf, sdkOf } from './support.js';

/** Namespaces of the SDK of which the emulator has no method. */
const NOT_EMULATED = [
  'agentTasks',
  'allowlistIdentifiers',
  'betaFeatures',
  'blocklistIdentifiers',
  'clients',
  'domains',
  'emails',
  'enterpriseConnections',
  'instance',
  'jwtTemplates',
  'proxyChecks',
  'redirectUrls',
  'roleSets',
  'samlConnections',
  'signUps',
  'waitlistEntries',
  'webhooks',
] as const;

/** Namespaces with a spec of their own, which covers each of their methods. */
const EMULATED = [
  'actorTokens',
  'apiKeys',
  'billing',
  'emailAddresses',
  'idPOAuthAccessToken',
  'invitations',
  'jwks',
  'm2m',
  'machines',
  'oauthApplications',
  'organizationPermissions',
  'organizationRoles',
  'organizations',
  'phoneNumbers',
  'sessions',
  'signInTokens',
  'testingTokens',
  'users',
] as const;

/** Not namespaces of the Backend API; the last serves Clerk's own keyless mode, without a key. */
const OTHER_MEMBERS = [
  'authenticateRequest',
  'debugRequestState',
  'telemetry',
  '__experimental_accountlessApplications',
];

describe("What Clerk's SDK has and the emulator has not", () => {
  let emulator: ClerkEmulator;

  beforeAll(async () => {
    emulator = await startClerkEmulator();
  });
  afterAll(() => emulator.close());

  it('is known by namespace', () => {
    expect(Object.keys(sdkOf(emulator)).toSorted()).toEqual(
      [...NOT_EMULATED, ...EMULATED, ...OTHER_MEMBERS].toSorted(),
    );
  });

  it.each(NOT_EMULATED)('clerk.%s is answered with 501, method by method', async (name) => {
    const namespace = sdkOf(emulator)[name];
    const methods = methodsOf(namespace);
    expect(methods.length).toBeGreaterThan(0);
    for (const method of methods) {
      const call = Reflect.get(namespace, method) as (...args: unknown[]) => Promise<unknown>;
      await expectUnsupported(() => call.apply(namespace, [ANY, ANY])).catch((error: unknown) => {
        throw new Error(`clerk.${name}.${method}()`, { cause: error });
      });
    }
  });

  it('does not have an unknown route for somebody without the key', async () => {
    const response = await fetch(`${emulator.url}/v1/domains`);
    expect(response.status).toBe(401);
  });
});

/** Serves as the id, as a list, and as the parameters with whatever id a method looks for in them. */
const ANY = Object.assign([{ to: { userId: 'user_1' } }], {
  name: 'any',
  domainId: 'id_1',
  templateId: 'id_1',
  signUpId: 'id_1',
  roleSetKeyOrId: 'id_1',
  to: { userId: 'user_1' },
  toString: () => 'id_1',
});

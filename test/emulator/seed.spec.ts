import { afterEach, describe, expect, it } from 'vitest';
import {
  type ClerkEmulator,
  type EmulatorSeed,
  EmulatorSeedError,
  parseEmulatorSeed,
  startClerkEmulator,
} from '../../src/emulator/index.js';
import { signingKey } from '../support/signing-key.js';

const running: ClerkEmulator[] = [];
afterEach(() => Promise.all(running.splice(0).map((one) => one.close())));

async function start(seed: EmulatorSeed): Promise<ClerkEmulator> {
  const emulator = await startClerkEmulator({ seed, signingKey: signingKey() });
  running.push(emulator);
  return emulator;
}

/** A seed with every section, and with fields that are not those of an export. */
const FULL = {
  users: [
    { emailAddress: 'Lin@example.com', firstName: 'Lin', username: 'lin', externalId: 'e1' },
    { emailAddress: 'kim@example.com', id: 'user_kim', publicMetadata: { team: 'looms' } },
  ],
  organizations: [
    { name: 'Looms', createdBy: 'lin@example.com' },
    { name: 'Mills', id: 'org_mills', slug: 'the-mills', plan: 'pro' },
  ],
  memberships: [
    { organization: 'looms', user: 'lin@example.com', role: 'org:admin' },
    { organization: 'org_mills', user: 'user_kim' },
    { organization: 'looms', user: 'user_kim', role: 'org:weaver', permissions: ['org:looms:use'] },
  ],
  oauthApplications: [
    {
      name: 'Web',
      clientId: 'web',
      redirectUris: ['https://example.com/callback'],
      scopes: ['email', 'notes:read'],
    },
    {
      name: 'Server',
      clientId: 'server',
      redirectUris: ['com.example:/callback'],
      clientSecret: 'known',
    },
  ],
  clientMetadata: {
    'https://client.example.com/oauth.json': {
      client_id: 'https://client.example.com/oauth.json',
      redirect_uris: ['http://127.0.0.1/callback'],
    },
  },
  externalAccounts: [
    {
      user: 'lin@example.com',
      provider: 'google',
      scopes: ['openid'],
      expiresInSeconds: 60,
      label: 'work',
    },
  ],
  apiKeys: [
    {
      name: 'ci',
      subject: 'looms',
      secret: 'ak_ci',
      scopes: ['notes:read'],
      createdBy: 'user_kim',
      expiresInSeconds: 60,
    },
  ],
  machines: [
    { name: 'worker', id: 'mch_worker', secretKey: 'ak_worker', scopedMachines: ['mch_store'] },
    { name: 'store', id: 'mch_store', secretKey: 'ak_store' },
  ],
  customScopes: { 'notes:read': 'Read your notes' },
  jwtTemplates: { supabase: { role: 'authenticated' } },
  switches: { accessTokenFormat: 'opaque' },
  faults: [
    { group: 'users', kind: 'slow', milliseconds: 1, times: 2 },
    { group: 'all', kind: 'charset' },
  ],
} as const satisfies Required<Pick<EmulatorSeed, keyof EmulatorSeed>>;

describe('An exported seed', () => {
  it('gives the same content again', async () => {
    const first = await start(FULL);
    const exported = first.exportSeed();
    expect(Object.keys(exported).toSorted()).toEqual(Object.keys(FULL).toSorted());
    const second = await start(parseEmulatorSeed(JSON.parse(JSON.stringify(exported))));
    expect(second.exportSeed()).toEqual(exported);
    for (const { id } of first.users.list()) expect(second.users.find(id)).toBeDefined();
  });

  it('contains no secret, and lets those who know one in', async () => {
    const first = await start(FULL);
    const response = await fetch(`${first.url}/__emulator/seed`);
    const text = await response.text();
    expect(text).not.toMatch(/ak_ci|ak_worker|ak_store|"known"/);
    for (const account of first.externalAccounts.ofUser(
      first.users.get('lin@example.com').id,
      'google',
    )) {
      expect(text).not.toContain(account.token);
    }
    const second = await start(parseEmulatorSeed(JSON.parse(text)));
    expect(second.apiKeys.findBySecret('ak_ci')?.name).toBe('ci');
    expect(second.machines.findBySecretKey('ak_worker')?.id).toBe('mch_worker');
    expect(second.oauthApplications.hasSecret('server', 'known')).toBe(true);
    expect(second.oauthApplications.hasSecret('server', 'unknown')).toBe(false);
  });

  it('follows what changed while the emulator ran', async () => {
    const first = await start({ users: [{ emailAddress: 'lin@example.com' }] });
    const { id } = first.organizations.create({ name: 'Looms' });
    first.organizations.addMember({ organization: id, user: 'lin@example.com' });
    first.scopes.define('notes:read', 'Read notes');
    first.configure({ alwaysRefreshToken: true });
    first.users.update('lin@example.com', { emailAddress: 'kim@example.com', banned: true });
    const exported = first.exportSeed();
    expect(exported).toMatchObject({
      users: [{ emailAddress: 'kim@example.com', banned: true }],
      memberships: [{ organization: 'looms', user: 'kim@example.com', role: 'org:member' }],
      switches: { alwaysRefreshToken: true },
    });
    expect((await start(exported)).exportSeed()).toEqual(exported);
  });
});

type Json = Record<string, any>;
type Change = (seed: Json) => unknown;

/** Each makes the full seed contradict itself, at the entry that it names. */
const CONTRADICTIONS: Readonly<Record<string, readonly [entry: RegExp, change: Change]>> = {
  'two users with one address': [
    /users\[1\]\.emailAddress/,
    (s) => (s['users'][1].emailAddress = 'LIN@example.com'),
  ],
  'two users with one id': [
    /users\[2\]\.id/,
    (s) => s['users'].push({ emailAddress: 'x@example.com', id: 'user_kim' }),
  ],
  'two users with one user name': [/users\[1\]\.username/, (s) => (s['users'][1].username = 'LIN')],
  'two users with one external id': [
    /users\[1\]\.externalId/,
    (s) => (s['users'][1].externalId = 'e1'),
  ],
  'an id of another kind': [/users\[1\]\.id/, (s) => (s['users'][1].id = 'org_kim')],
  'an address that is none': [
    /users\[0\]\.emailAddress/,
    (s) => (s['users'][0].emailAddress = 'lin'),
  ],
  'two organizations with one slug': [
    /organizations\[1\]\.slug/,
    (s) => (s['organizations'][1].slug = 'looms'),
  ],
  'two organizations with one id': [
    /organizations\[2\]\.id/,
    (s) => s['organizations'].push({ name: 'New', id: 'org_mills' }),
  ],
  'an organization of an unknown user': [
    /organizations\[0\]\.createdBy/,
    (s) => (s['organizations'][0].createdBy = 'user_x'),
  ],
  'a membership of an unknown user': [
    /memberships\[1\]\.user/,
    (s) => (s['memberships'][1].user = 'nobody@example.com'),
  ],
  'a membership of an unknown organization': [
    /memberships\[2\]\.organization/,
    (s) => (s['memberships'][2].organization = 'LOOMS'),
  ],
  'an unknown role': [/memberships\[0\]\.role/, (s) => (s['memberships'][0].role = 'admin')],
  'a member twice': [
    /memberships\[3\]: memberships\[1\]/,
    (s) => s['memberships'].push({ organization: 'org_mills', user: 'user_kim' }),
  ],
  'an account of an unknown user': [
    /externalAccounts\[0\]\.user/,
    (s) => (s['externalAccounts'][0].user = 'user_x'),
  ],
  'an unknown scope of an application': [
    /oauthApplications\[0\]\.scopes\[1\]/,
    (s) => delete s['customScopes']['notes:read'],
  ],
  'a redirect URI that Clerk refuses': [
    /oauthApplications\[1\]\.redirectUris\[0\]/,
    (s) => (s['oauthApplications'][1].redirectUris = ['http://example.com/']),
  ],
  'two applications with one client id': [
    /oauthApplications\[1\]\.clientId/,
    (s) => (s['oauthApplications'][1].clientId = 'web'),
  ],
  'a public application with a secret': [
    /oauthApplications\[1\]\.clientSecret/,
    (s) => (s['oauthApplications'][1].public = true),
  ],
  'a key of an unknown subject': [
    /apiKeys\[0\]\.subject/,
    (s) => (s['apiKeys'][0].subject = 'nobody'),
  ],
  'a key by an unknown user': [
    /apiKeys\[0\]\.createdBy/,
    (s) => (s['apiKeys'][0].createdBy = 'user_x'),
  ],
  'a key without a secret': [/apiKeys\[0\]\.secret/, (s) => delete s['apiKeys'][0].secret],
  'a secret twice': [
    /apiKeys\[1\]\.secret/,
    (s) => s['apiKeys'].push({ name: 'b', subject: 'looms', secret: 'ak_ci' }),
  ],
  'a live secret key': [/apiKeys\[0\]\.secret/, (s) => (s['apiKeys'][0].secret = 'sk_live_abcdef')],
  'a publishable key as a secret': [
    /apiKeys\[0\]\.secret.*ak_.*pk_/,
    (s) => (s['apiKeys'][0].secret = 'pk_test_abcdef'),
  ],
  'a secret key of an instance for a machine': [
    /machines\[1\]\.secretKey.*ak_.*sk_/,
    (s) => (s['machines'][1].secretKey = 'sk_test_abcdef'),
  ],
  'a live key in metadata': [
    /users\[1\]\.publicMetadata\.team/,
    (s) => (s['users'][1].publicMetadata.team = 'x pk_live_abcdef'),
  ],
  'an unknown machine': [/machines\[0\]\.scopedMachines\[0\]/, (s) => s['machines'].pop()],
  'two machines with one id': [/machines\[1\]\.id/, (s) => (s['machines'][1].id = 'mch_worker')],
  'a fault for an unknown group': [/faults\[0\]\.group/, (s) => (s['faults'][0].group = 'user')],
  'a fault that its group cannot have': [
    /faults\[1\]/,
    (s) => (s['faults'][1] = { group: 'users', kind: 'no_audience' }),
  ],
  'two faults for one group': [/faults\[1\]\.group/, (s) => (s['faults'][1].group = 'users')],
  'an unknown switch': [/switches: .*"opaque"/, (s) => (s['switches'].opaque = true)],
  'a custom scope of Clerk': [/customScopes\.openid/, (s) => (s['customScopes'].openid = 'Mine')],
  'an unknown section': [/seed: .*"people"/, (s) => (s['people'] = [])],
  'an unknown field': [/users\[0\]: .*"email"/, (s) => (s['users'][0].email = 'x')],
};
const NAMES = Object.keys(CONTRADICTIONS);

function problemsOf(change: Change): readonly string[] {
  const seed = structuredClone(FULL) as Json;
  change(seed);
  try {
    parseEmulatorSeed(seed);
    return [];
  } catch (error) {
    if (!(error instanceof EmulatorSeedError)) throw error;
    return error.problems;
  }
}

const about = (problems: readonly string[], entry: RegExp): boolean =>
  problems.some((problem) => new RegExp(`^${entry.source}`).test(problem));

describe('A seed that contradicts itself', () => {
  it('does not when it is whole', () => {
    expect(problemsOf(() => undefined)).toEqual([]);
  });

  it.each(NAMES)('is refused with its entry: %s', (name) => {
    const [entry, change] = CONTRADICTIONS[name] ?? [/never/, () => undefined];
    const problems = problemsOf(change);
    expect(about(problems, entry), problems.join('\n')).toBe(true);
    expect(problems.join()).not.toMatch(/abcdef/);
  });

  it('has all of its problems reported at once, whichever they are', () => {
    for (const one of NAMES) {
      for (const other of NAMES) {
        // The second change may undo the first, where both are about one field.
        const [[first, change], [second, change2]] = [CONTRADICTIONS[one]!, CONTRADICTIONS[other]!];
        if (first.source.split(/[.\\]/)[0] === second.source.split(/[.\\]/)[0]) continue;
        const problems = problemsOf((seed) => [change(seed), change2(seed)]);
        expect(
          [about(problems, first), about(problems, second)],
          `${one}, ${other}:\n${problems.join('\n')}`,
        ).toEqual([true, true]);
      }
    }
  });

  it('stops the boot, also of a program that brings it as an object', async () => {
    const memberships = [{ organization: 'looms', user: 'x@example.com' }];
    await expect(startClerkEmulator({ seed: { memberships } })).rejects.toMatchObject({
      code: 'EMULATOR_SEED',
      problems: [
        'memberships[0].organization: no organization is named "looms". Add it to organizations, or correct the name.',
        'memberships[0].user: no user is named "x@example.com". Add it to users, or correct the name.',
      ],
    });
  });

  it.each([
    null,
    [],
    'users',
    1,
    { users: {} },
    { users: [null] },
    { switches: [] },
    { faults: [[]] },
  ])('is refused when it is no seed: %j', (value) => {
    expect(() => parseEmulatorSeed(value)).toThrow(EmulatorSeedError);
  });

  it('is refused when it has more than the stores keep', async () => {
    const users = [1, 2, 3].map((index) => ({ emailAddress: `u${index}@example.com` }));
    await expect(startClerkEmulator({ maxEntries: 2, seed: { users } })).rejects.toThrow(
      /users: 3 entries, and a store keeps 2/,
    );
  });
});

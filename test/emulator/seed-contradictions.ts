import type { EmulatorSeed } from '../../src/emulator/index.js';

/** A seed with every section, and with fields that are not those of an export. */
export const FULL_SEED = {
  users: [
    { emailAddress: 'Lin@example.com', firstName: 'Lin', username: 'lin', externalId: 'e1' },
    { emailAddress: 'kim@example.com', id: 'user_kim', publicMetadata: { team: 'looms' } },
  ],
  organizations: [
    { name: 'Looms', createdBy: 'lin@example.com', maxAllowedMemberships: 0 },
    { name: 'Mills', id: 'org_mills', slug: 'the-mills', plan: 'pro' },
  ],
  permissions: [{ key: 'org:looms:use', name: 'Use looms', description: 'All of them' }],
  roles: [
    { key: 'org:carder', permissions: ['org:looms:use', 'org:wool:card'] },
    { key: 'org:member', name: 'Guest', description: 'Reads', permissions: ['org:notes:read'] },
  ],
  memberships: [
    { organization: 'looms', user: 'lin@example.com', role: 'org:admin' },
    {
      organization: 'org_mills',
      user: 'user_kim',
      role: 'org:carder',
      publicMetadata: { desk: 1 },
    },
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
  billingPlans: [
    { slug: 'pro', monthlyFee: 2_000, features: ['looms'] },
    { slug: 'plus', payerType: 'user', name: 'Plus' },
  ],
  billingStatements: [
    { payer: 'looms', amount: 2_000 },
    { payer: 'user_kim', amount: 500, status: 'failed' },
  ],
  customScopes: { 'notes:read': 'Read your notes' },
  jwtTemplates: { supabase: { role: 'authenticated' } },
  switches: { accessTokenFormat: 'opaque' },
  faults: [
    { group: 'users', kind: 'slow', milliseconds: 1, times: 2 },
    { group: 'all', kind: 'charset' },
  ],
} as const satisfies Required<Pick<EmulatorSeed, keyof EmulatorSeed>>;

export type Json = Record<string, any>;
export type Change = (seed: Json) => unknown;

/** Each makes the full seed contradict itself, at the entry that it names. */
export const CONTRADICTIONS: Readonly<Record<string, readonly [entry: RegExp, change: Change]>> = {
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
  'two roles with one key': [/roles\[1\]\.key/, (s) => (s['roles'][1].key = 'org:carder')],
  'two permissions with one key': [
    /permissions\[1\]\.key/,
    (s) => s['permissions'].push({ key: 'org:looms:use' }),
  ],
  'a key of a permission in another form': [
    /roles\[0\]\.permissions\[0\]/,
    (s) => (s['roles'][0].permissions = ['looms:use']),
  ],
  'a role of creators that cannot manage members': [
    /roles\[2\]\.permissions.*org:sys_memberships:manage/,
    (s) => s['roles'].push({ key: 'org:admin', permissions: [] }),
  ],
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

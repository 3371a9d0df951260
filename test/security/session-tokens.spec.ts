import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionTokenOptions } from '../../src/emulator/index.js';
import { callTool, ERAS } from '../support/mcp-request.js';
import { accessToken, ADA, seconds, sessionToken, userIdOf } from '../support/people.js';
import { expectEcho, expectInvalidToken } from '../support/refusals.js';
import { startService, type TestService } from '../support/service.js';

const SITE = 'https://app.example';

let open: TestService;
let bound: TestService;
let forAudience: TestService;
let oauthOnly: TestService;
beforeAll(async () => {
  open = await startService();
  bound = await startService({
    env: { CLERK_AUTHORIZED_PARTIES: `${SITE}, https://admin.example` },
  });
  forAudience = await startService({ env: { CLERK_SESSION_AUDIENCES: `${SITE}, notes` } });
  oauthOnly = await startService({ env: { CLERK_ACCEPTED_TOKENS: 'oauth_token' } });
});
afterAll(() => Promise.all([open, bound, forAudience, oauthOnly].map((service) => service.stop())));

type Changes = Partial<SessionTokenOptions>;
interface Case {
  readonly name: string;
  readonly changes: () => Changes;
  readonly error?: 'token_expired';
}

/** Values of Clerk's `cat` header. */
const CATEGORY = {
  template: 'cl_B7d4PD222AAA',
  machine: 'cl_B7d4PD333AAA',
  ignored: 'cl_I7d4PD111III',
} as const;

const ACCEPTED: readonly Case[] = [
  { name: 'of version 2', changes: () => ({}) },
  { name: 'with an organization', changes: () => ({ organization: 'analytical-engines' }) },
  { name: 'without a category', changes: () => ({ header: { cat: undefined } }) },
  {
    name: 'of the category that says nothing',
    changes: () => ({ header: { cat: CATEGORY.ignored } }),
  },
  { name: 'without a status', changes: () => ({ omitClaims: ['sts'] }) },
  { name: 'that names this resource', changes: () => ({ claims: { aud: open.url } }) },
  {
    name: 'with an audience of its own, a custom claim,',
    changes: () => ({ claims: { aud: 'https://other.example' } }),
  },
];

const REFUSED: readonly Case[] = [
  { name: 'of a pending session', changes: () => ({ status: 'pending' }) },
  { name: 'of a session of unknown status', changes: () => ({ claims: { sts: 'paused' } }) },
  { name: 'without a session', changes: () => ({ omitClaims: ['sid'] }) },
  { name: 'with an empty session', changes: () => ({ claims: { sid: '' } }) },
  { name: 'with a session that is a number', changes: () => ({ claims: { sid: 1 } }) },
  { name: 'of the category of templates', changes: () => ({ header: { cat: CATEGORY.template } }) },
  { name: 'of the category of machines', changes: () => ({ header: { cat: CATEGORY.machine } }) },
  { name: 'of an unknown category', changes: () => ({ header: { cat: 'cl_B7d4PD999AAA' } }) },
  { name: 'that calls itself at+jwt', changes: () => ({ header: { typ: 'at+jwt' } }) },
  {
    name: 'without a category, for another resource',
    changes: () => ({ header: { cat: undefined }, claims: { aud: 'https://other.example' } }),
  },
  { name: 'of another issuer', changes: () => ({ claims: { iss: 'https://evil.example' } }) },
  { name: 'signed by a foreign key', changes: () => ({ signedBy: 'foreign' }) },
  { name: 'of a machine', changes: () => ({ claims: { sub: 'mch_0123456789' } }) },
  { name: 'of an organization', changes: () => ({ claims: { sub: 'org_0123456789' } }) },
  { name: 'without a subject', changes: () => ({ omitClaims: ['sub'] }) },
  { name: 'without an expiry', changes: () => ({ omitClaims: ['exp'] }) },
  { name: 'that is valid a minute from now', changes: () => ({ claims: { nbf: seconds(60) } }) },
  { name: 'from the future', changes: () => ({ claims: { iat: seconds(60) } }) },
  {
    name: 'that has expired',
    changes: () => ({ expiresInSeconds: -60 }),
    error: 'token_expired',
  },
];

describe.each(ERAS)('A session token, %s era', (era) => {
  it.each(ACCEPTED)('$name passes', async ({ changes }) => {
    const token = await sessionToken(open, changes());
    expectEcho(await callTool(open.url, 'echo', HELLO, { era, token }), userIdOf(open, ADA));
  });

  it.each(REFUSED)('$name is refused', async ({ changes, error }) => {
    const token = await sessionToken(open, changes());
    expectInvalidToken(await callTool(open.url, 'echo', HELLO, { era, token }), open, error);
  });
});

describe.each(ERAS)('With CLERK_AUTHORIZED_PARTIES, a session token, %s era', (era) => {
  const call = (token: string) => callTool(bound.url, 'echo', HELLO, { era, token });

  it.each([SITE, 'https://admin.example'])('of the site %s passes', async (authorizedParty) => {
    const token = await sessionToken(bound, { authorizedParty });
    expectEcho(await call(token), userIdOf(bound, ADA));
  });

  it.each(['https://evil.example', `${SITE}/`, `${SITE}.evil.example`, 'http://app.example'])(
    'of the site %s is refused',
    async (authorizedParty) => {
      expectInvalidToken(await call(await sessionToken(bound, { authorizedParty })), bound);
    },
  );

  it('of no site is refused', async () => {
    expectInvalidToken(await call(await sessionToken(bound, { omitClaims: ['azp'] })), bound);
  });

  it('of a list of sites is refused', async () => {
    expectInvalidToken(await call(await sessionToken(bound, { claims: { azp: [SITE] } })), bound);
  });

  it('is not asked of an OAuth token, which has no site', async () => {
    expectEcho(await call(await accessToken(bound)), userIdOf(bound, ADA));
  });
});

describe.each(ERAS)('With CLERK_SESSION_AUDIENCES, a session token, %s era', (era) => {
  const call = async (aud: unknown) => {
    const token = await sessionToken(forAudience, { claims: { aud } });
    return callTool(forAudience.url, 'echo', HELLO, { era, token });
  };

  // A token without an audience passes, as in Clerk's SDK.
  it.each([{ aud: SITE }, { aud: ['other', 'notes'] }, { aud: [] }, {}])(
    '%j passes',
    async ({ aud }) => {
      expectEcho(await call(aud), userIdOf(forAudience, ADA));
    },
  );

  it.each([{ aud: 'other' }, { aud: ['other'] }, { aud: `${SITE}/` }, { aud: '' }, { aud: 1 }])(
    '%j is refused',
    async ({ aud }) => {
      expectInvalidToken(await call(aud), forAudience);
    },
  );
});

describe('With CLERK_ACCEPTED_TOKENS=oauth_token', () => {
  it('a session token is refused before any key is fetched', async () => {
    const token = await sessionToken(oauthOnly);
    expectInvalidToken(await callTool(oauthOnly.url, 'echo', HELLO, { token }), oauthOnly);
    expect(oauthOnly.clerk.counters.ofGroup('jwks')).toBe(0);
  });
});

const HELLO = { message: 'hi' };

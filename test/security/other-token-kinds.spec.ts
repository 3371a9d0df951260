import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callTool, ERAS, type Era } from '../support/mcp-request.js';
import { accessToken, ADA, userIdOf } from '../support/people.js';
import { expectEcho, expectInvalidToken } from '../support/refusals.js';
import { startService, type TestService } from '../support/service.js';

const CLIENT = 'emulatorLocalApp';
const SITE = 'https://app.example';

let standard: TestService;
let liberal: TestService;
beforeAll(async () => {
  standard = await startService();
  liberal = await startService({
    env: {
      CLERK_ACCEPTED_TOKENS: 'oauth_token,session_token,id_token,jwt_template',
      CLERK_OAUTH_CLIENT_ID: CLIENT,
      CLERK_AUTHORIZED_PARTIES: SITE,
      CLERK_AUDIENCE: 'foreign-only',
    },
  });
});
afterAll(() => Promise.all([standard.stop(), liberal.stop()]));

const echo = ({ url }: TestService, token: string, era: Era = 'modern') =>
  callTool(url, 'echo', { message: 'hi' }, { era, token });

describe.each(ERAS)('An id_token as bearer, %s era', (era) => {
  const idToken = (service: TestService, changes: object = {}) =>
    service.clerk.issue.idToken({ user: ADA, ...changes });

  it('is refused by default', async () => {
    expectInvalidToken(await echo(standard, await idToken(standard), era), standard);
  });

  it('is refused by default with a session claim of its own making', async () => {
    const token = await standard.clerk.issue.idToken({ user: ADA, claims: { sid: 'sess_1' } });
    expectInvalidToken(await echo(standard, token, era), standard);
  });

  it('passes where id_tokens of its client are accepted', async () => {
    expectEcho(await echo(liberal, await idToken(liberal), era), userIdOf(liberal, ADA));
  });

  it('is refused there when it was issued to another client', async () => {
    expectInvalidToken(
      await echo(liberal, await idToken(liberal, { clientId: 'other' }), era),
      liberal,
    );
  });

  it('is refused there when it names no client', async () => {
    const token = await idToken(liberal, { omitClaims: ['aud'] });
    expectInvalidToken(await echo(liberal, token, era), liberal);
  });

  it('is refused there when it names the resource in place of the client', async () => {
    const token = await idToken(liberal, { claims: { aud: liberal.url } });
    expectInvalidToken(await echo(liberal, token, era), liberal);
  });

  it('is refused there when a foreign key signed it, and called expired when it is', async () => {
    const forged = await idToken(liberal, { signedBy: 'foreign' });
    expectInvalidToken(await echo(liberal, forged, era), liberal);
    const expired = await idToken(liberal, { expiresInSeconds: -60 });
    expectInvalidToken(await echo(liberal, expired, era), liberal, 'token_expired');
  });
});

describe.each(ERAS)('A token of a JWT template, %s era', (era) => {
  const templateToken = (service: TestService, changes: object = {}) =>
    service.clerk.issue.jwtTemplateToken({ user: ADA, authorizedParty: SITE, ...changes });

  it('is refused by default', async () => {
    expectInvalidToken(await echo(standard, await templateToken(standard), era), standard);
  });

  it('passes where templates are accepted', async () => {
    expectEcho(await echo(liberal, await templateToken(liberal), era), userIdOf(liberal, ADA));
  });

  it.each([
    { name: 'for another audience', changes: { claims: { aud: 'https://other.example' } } },
    { name: 'of another site', changes: { authorizedParty: 'https://evil.example' } },
    { name: 'of no site', changes: { omitClaims: ['azp'] } },
    { name: 'of nobody', changes: { omitClaims: ['sub'] } },
    { name: 'signed by a foreign key', changes: { signedBy: 'foreign' } },
  ])('is refused there $name', async ({ changes }) => {
    expectInvalidToken(await echo(liberal, await templateToken(liberal, changes), era), liberal);
  });
});

describe.each(ERAS)('A token of a machine, %s era', (era) => {
  it('is refused as a JWT, whatever it says of itself', async () => {
    for (const header of [{ cat: 'cl_B7d4PD333AAA' }, { typ: 'at+jwt' }, {}]) {
      const token = await accessToken(standard, { claims: { sub: 'mch_1' }, header });
      expectInvalidToken(await echo(standard, token, era), standard);
    }
  });

  it('is refused as mt_ and ak_ without asking Clerk', async () => {
    standard.clerk.counters.reset();
    for (const token of ['mt_0123456789', 'ak_0123456789']) {
      expectInvalidToken(await echo(standard, token, era), standard);
    }
    expect(standard.clerk.counters.ofGroup('verify')).toBe(0);
  });
});

describe.each(ERAS)('With CLERK_AUDIENCE=foreign-only, an access token, %s era', (era) => {
  it('without an audience passes', async () => {
    const token = await accessToken(liberal, { resource: [] });
    expectEcho(await echo(liberal, token, era), userIdOf(liberal, ADA));
  });

  it('for another resource is refused all the same', async () => {
    for (const format of ['jwt', 'opaque'] as const) {
      const token = await accessToken(liberal, { format, resource: 'https://other.example/mcp' });
      expectInvalidToken(await echo(liberal, token, era), liberal);
    }
  });
});

describe('A bearer that is no Clerk token at all', () => {
  it.each([
    'x',
    'null',
    'undefined',
    'a.b',
    'a.b.c',
    'a.b.c.d.e',
    '....',
    'eyJ.eyJ.eyJ',
    'sk_test_x',
  ])('%s is refused without asking Clerk', async (token) => {
    standard.clerk.counters.reset();
    expectInvalidToken(await echo(standard, token), standard);
    expect(standard.clerk.counters.all()).toEqual({});
  });
});

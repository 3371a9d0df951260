import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callTool, ERAS, type Answer, type Era } from '../support/mcp-request.js';
import { accessToken, ADA, GRACE, KATHERINE, sessionToken, userIdOf } from '../support/people.js';
import { withLimits } from '../support/limits.js';
import { startService, type TestService } from '../support/service.js';

const SITE = 'https://app.example';

let service: TestService;
beforeAll(async () => {
  service = await startService({
    override: withLimits({ userTtlMs: 0, timeoutMs: 1_000 }),
    env: {
      CLERK_ACCEPTED_TOKENS: 'oauth_token,session_token,id_token,jwt_template',
      CLERK_OAUTH_CLIENT_ID: 'emulatorLocalApp',
    },
  });
});
afterAll(() => service.stop());

interface Filled {
  readonly name: string;
  readonly token: () => Promise<string>;
  readonly email: boolean;
  readonly profile: boolean;
  readonly organization?: object;
}

const ENGINES = {
  id: expect.stringMatching(/^org_\w+$/),
  name: 'Analytical Engines',
  slug: 'analytical-engines',
  role: 'org:admin',
};

const oauth = (format: 'jwt' | 'opaque'): readonly Filled[] => {
  const token = (scopes: readonly string[], organization?: string) => () =>
    accessToken(service, { format, scopes, ...(organization && { organization }) });
  return [
    { name: 'both scopes', token: token(['profile', 'email']), email: true, profile: true },
    { name: 'profile only', token: token(['profile']), email: false, profile: true },
    { name: 'email only', token: token(['email']), email: true, profile: false },
    { name: 'neither scope', token: token([]), email: false, profile: false },
    {
      name: 'user:org:read and an organization',
      token: token(['profile', 'email', 'user:org:read'], 'analytical-engines'),
      email: true,
      profile: true,
      organization: ENGINES,
    },
    {
      name: 'user:org:read and no organization',
      token: token(['profile', 'user:org:read']),
      email: false,
      profile: true,
    },
    {
      name: 'an organization without user:org:read',
      token: token(['profile', 'email'], 'analytical-engines'),
      email: true,
      profile: true,
    },
  ].map((filled) => ({ ...filled, name: `${format} access token with ${filled.name}` }));
};

const FILLED: readonly Filled[] = [
  ...oauth('jwt'),
  ...oauth('opaque'),
  { name: 'session token', token: () => sessionToken(service), email: true, profile: true },
  {
    name: 'session token in an organization',
    token: () => sessionToken(service, { organization: 'analytical-engines' }),
    email: true,
    profile: true,
    organization: ENGINES,
  },
  {
    name: 'id_token',
    token: () => service.clerk.issue.idToken({ user: ADA }),
    email: true,
    profile: true,
  },
  {
    name: 'id_token with email only',
    token: () => service.clerk.issue.idToken({ user: ADA, scopes: ['openid', 'email'] }),
    email: true,
    profile: false,
  },
  {
    name: 'token of a JWT template',
    token: () => service.clerk.issue.jwtTemplateToken({ user: ADA, authorizedParty: SITE }),
    email: true,
    profile: true,
  },
];

describe.each(ERAS)('With a token that can fill it, %s era,', (era) => {
  it.each(FILLED)('the profile of a $name', async ({ token, email, profile, organization }) => {
    const userId = userIdOf(service, ADA);
    expect(content(await call('getUserProfile', era, await token()))).toEqual({
      userId,
      ...(email && { email: ADA, emailVerified: true }),
      ...(profile && {
        firstName: 'Ada',
        lastName: 'Lovelace',
        imageUrl: `${service.clerk.url}/img/${userId}.svg`,
      }),
      ...(organization && { organization }),
    });
  });

  it.each(FILLED)('the echo of a $name', async ({ token, email }) => {
    expect(content(await call('echo', era, await token()))).toEqual({
      message: 'hi',
      userId: userIdOf(service, ADA),
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      ...(email && { userEmail: ADA }),
    });
  });
});

describe('The profile', () => {
  it('is that of the member, with the role of the member', async () => {
    const token = await sessionToken(service, {
      user: GRACE,
      organization: 'analytical-engines',
    });
    expect(content(await call('getUserProfile', 'modern', token))).toMatchObject({
      firstName: 'Grace',
      organization: { role: 'org:member' },
    });
  });

  it('leaves out what nobody has filled in, and says when an address is not verified', async () => {
    const { id } = service.clerk.users.create({
      emailAddress: 'new@example.com',
      emailVerified: false,
    });
    const token = await accessToken(service, { user: id });
    expect(content(await call('getUserProfile', 'modern', token))).toEqual({
      userId: id,
      email: 'new@example.com',
      emailVerified: false,
      imageUrl: expect.any(String),
    });
  });

  it('never holds metadata', async () => {
    service.clerk.users.update(KATHERINE, {
      privateMetadata: { secret: 'private' },
      unsafeMetadata: { secret: 'unsafe' },
    });
    const token = await sessionToken(service, { user: KATHERINE });
    const { text } = await call('getUserProfile', 'modern', token);
    expect(text).toContain('Katherine');
    expect(text).not.toContain('secret');
    expect(text).not.toContain('etadata');
  });

  it('of a user who is gone is an error of the tool that says so', async () => {
    const { id } = service.clerk.users.create({ emailAddress: 'gone@example.com' });
    const token = await accessToken(service, { user: id });
    service.clerk.users.delete(id);
    const { status, body } = await call('getUserProfile', 'modern', token);
    expect(status).toBe(200);
    expect(body.result?.isError).toBe(true);
    expect(body.result?.content?.[0]?.text).toContain('does not know this user');
  });
});

describe('While Clerk keeps its records to itself', () => {
  it.each([{ kind: 'hang' } as const, { kind: 'status', status: 503 } as const])(
    'the profile says try again later ($kind), and the echo goes without an address',
    async (fault) => {
      const token = await accessToken(service);
      service.clerk.faults.set('users', fault);
      const profile = await call('getUserProfile', 'modern', token);
      const echo = await call('echo', 'modern', token);
      service.clerk.faults.clear();
      expect(profile.body.result?.isError).toBe(true);
      expect(profile.body.result?.content?.[0]?.text).toMatch(/later/);
      expect(echo.body.result?.structuredContent).not.toHaveProperty('userEmail');
      expect(content(echo)).toMatchObject({ message: 'hi', userId: userIdOf(service, ADA) });
    },
  );

  it('an id_token needs no record', async () => {
    const token = await service.clerk.issue.idToken({ user: ADA });
    service.clerk.faults.set('users', { kind: 'reset' });
    const answer = await call('getUserProfile', 'modern', token);
    service.clerk.faults.clear();
    expect(content(answer)).toMatchObject({ email: ADA, firstName: 'Ada' });
  });
});

const call = (name: string, era: Era, token: string) =>
  callTool(service.url, name, { message: 'hi' }, { era, token });

function content({ status, body, text }: Answer): unknown {
  expect(status, text).toBe(200);
  expect(body.result?.isError ?? false, text).toBe(false);
  expect(JSON.parse(body.result?.content?.[0]?.text ?? '')).toEqual(body.result?.structuredContent);
  return body.result?.structuredContent;
}

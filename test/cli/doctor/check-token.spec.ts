import { describe, expect, it } from 'vitest';
import { runCommand } from '../fake-terminal.js';
import { doctorUnderTest } from './doctor-under-test.js';

const doctor = doctorUnderTest();

describe('nestjs-clerk-mcp doctor looks at a token', () => {
  it('takes a good one, JWT or opaque', async () => {
    for (const format of ['jwt', 'opaque'] as const) {
      const token = await doctor.service.clerk.issue.oauthAccessToken({
        user: 'ada@example.com',
        resource: doctor.service.url,
        format,
      });
      const { code, checks } = await doctor.examined(['--token'], {
        environment: doctor.environment,
        stdin: token,
      });
      expect(checks['token-kind']?.message).toMatch(format === 'jwt' ? /a JWT$/ : /opaque$/);
      expect(checks['token']?.status).toBe('ok');
      expect(checks['token-scopes']?.message).toBe('The token grants profile email');
      expect(code).toBe(0);
    }
  });

  it.each([
    ['another audience', { resource: 'https://x.example/mcp' }, 'token-audience', /x\.example/],
    ['no audience', {}, 'token-audience', /has no audience/],
    ['another issuer', { claims: { iss: 'https://x.example' } }, 'token-issuer', /x\.example/],
    ['a foreign signature', { signedBy: 'foreign' }, 'token', /could not be verified$/],
    ['a life that is over', { expiresInSeconds: -90 }, 'token', /has expired/],
  ] as const)('finds %s', async (_what, options, name, message) => {
    const resource = name === 'token-audience' ? undefined : doctor.service.url;
    const token = await doctor.service.clerk.issue.oauthAccessToken({
      user: 'ada@example.com',
      ...(resource !== undefined && { resource }),
      ...options,
    });
    const { code, checks } = await doctor.examined(['--token'], {
      environment: doctor.environment,
      stdin: token,
    });
    expect(code).toBe(1);
    expect(checks[name]).toMatchObject({
      status: 'failure',
      message: expect.stringMatching(message),
    });
    expect(checks['token']?.status).toBe('failure');
  });

  it('knows the further audiences, and each name of a server without BASE_URL', async () => {
    const { service, environment } = doctor;
    const { BASE_URL, ...unnamed } = environment;
    const { port } = new URL(service.url);
    const old = 'https://old.example.com/mcp';
    const audienceOf = async (
      resource: string,
      variables: Readonly<Record<string, string>>,
      ...args: string[]
    ) => {
      const { clerk } = service;
      const token = await clerk.issue.oauthAccessToken({ user: 'ada@example.com', resource });
      const { checks } = await doctor.examined(['--token', ...args], {
        environment: variables,
        stdin: token,
      });
      return checks;
    };
    const wide = { ...environment, CLERK_AUDIENCES: old };
    const accepted = await audienceOf('HTTPS://old.example.com/mcp', wide);
    expect(accepted['token']?.status).toBe('ok');
    expect(accepted['token-audience']?.status).toBe('ok');
    expect(accepted['audience']?.message).toBe(
      `Access tokens must have one of the audiences ${service.url}, ${old}`,
    );
    const refused = await audienceOf(old, environment);
    expect(refused['token-audience']?.cure).toContain('add it to CLERK_AUDIENCES');
    const wrong = await audienceOf(old, { ...environment, CLERK_AUDIENCES: 'old' });
    expect(wrong['configuration']?.message).toContain('"old" is not an absolute http or https URI');

    for (const name of ['localhost', '127.0.0.1', '[::1]']) {
      const local = `http://${name}:${port}/mcp`;
      const checks = await audienceOf(local, { ...unnamed, PORT: port });
      expect(checks['token']?.status).toBe('ok');
      expect(checks['token-audience']?.message).toBe(`The audience of the token is ${local}`);
      const exact = await audienceOf(local, environment);
      expect(exact['token']?.status).toBe(`${BASE_URL}/mcp` === local ? 'ok' : 'failure');
    }
  });

  it('finds missing scopes, other kinds and what is no token', async () => {
    const narrow = await doctor.service.clerk.issue.oauthAccessToken({
      user: 'ada@example.com',
      resource: doctor.service.url,
      scopes: ['profile'],
    });
    const scopes = await doctor.examined(['--token'], {
      environment: doctor.environment,
      stdin: `Bearer ${narrow}\n`,
    });
    expect(scopes.checks['token-scopes']).toMatchObject({
      status: 'warning',
      message: 'The token grants profile, but not email',
    });
    const idToken = await doctor.service.clerk.issue.idToken({ user: 'ada@example.com' });
    const kind = await doctor.examined(['--token'], {
      environment: doctor.environment,
      stdin: idToken,
    });
    expect(kind.checks['token-kind']?.cure).toBe('Add id_token to CLERK_ACCEPTED_TOKENS.');
    const none = await doctor.examined(['--token'], {
      environment: doctor.environment,
      stdin: 'hello',
    });
    expect(none.checks['token-kind']?.message).toBe('The input is not a token of Clerk');
  });

  it('asks for one when the standard input is empty', async () => {
    const { code, stderr } = await runCommand(['doctor', '--token'], {
      environment: doctor.environment,
    });
    expect(code).toBe(2);
    expect(stderr).toContain('The standard input contains no token.');
  });
});

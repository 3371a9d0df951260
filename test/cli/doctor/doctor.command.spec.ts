import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../fake-terminal.js';
import { doctorUnderTest } from './doctor-under-test.js';

const doctor = doctorUnderTest();

describe('nestjs-clerk-mcp doctor', () => {
  it('finds nothing wrong with a service that is well', async () => {
    const { code, stdout, stderr } = await runCommand(['doctor'], {
      environment: doctor.environment,
    });
    expect(stdout.split('\n').filter((line) => line !== '' && !line.startsWith('ok '))).toEqual([
      'All checks passed.',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.match(/^ok +\S+/gm)?.map((line) => line.split(/ +/)[1])).toEqual([
      'packages',
      'signing-keys',
      'secret-key',
      'instance',
      'clock',
      'issuer',
      'client-registration',
      'pkce',
      'refresh',
      'scopes',
      'default-scopes',
      'token-format',
      'audience',
      'session-tokens',
      'public-url',
      'resource-metadata',
      'authorization-server-metadata',
      'challenge',
      'sign-in-mode',
    ]);
  });

  it('never prints a key or a token', async () => {
    const token = await doctor.service.clerk.issue.oauthAccessToken({
      user: 'ada@example.com',
      resource: doctor.service.url,
    });
    const { stdout } = await runCommand(['doctor', '--token'], {
      environment: doctor.environment,
      stdin: token,
    });
    expect(stdout).toContain('The server accepts the token');
    for (const secret of [doctor.service.clerk.secretKey, token, token.split('.')[1], 'user_']) {
      expect(stdout).not.toContain(secret);
    }
  });

  describe('reads a file of variables', () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'doctor-'));
    });
    afterAll(() => rm(folder, { recursive: true }));

    it('and lets the environment win', async () => {
      const file = join(folder, 'variables');
      const { CLERK_SECRET_KEY, ...others } = doctor.environment;
      const lines = { ...others, CLERK_SECRET_KEY: 'sk_test_of_the_file' };
      const text = Object.entries(lines).map(([name, value]) => `${name}=${value}\n`);
      await writeFile(file, text.join(''));
      const args = ['--clerk-only', '--env-file', file];
      const fromFile = await doctor.examined(args, { environment: {} });
      expect(fromFile.checks['secret-key']?.status).toBe('failure');
      const won = await doctor.examined(args, {
        environment: { CLERK_SECRET_KEY: CLERK_SECRET_KEY ?? '' },
      });
      expect(won.checks['secret-key']?.status).toBe('ok');
    });

    it('that is there', async () => {
      const { code, stderr } = await runCommand(['doctor', '--env-file', join(folder, 'none')]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/Cannot read the file .*none\./);
    });
  });
});

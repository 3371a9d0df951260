import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PAGES } from '../../../../src/cli/doctor/pages.js';
import { Heartbeat } from '../../../../src/mcp/server/heartbeat.js';
import { startService } from '../../../support/service.js';
import { runCommand } from '../../fake-terminal.js';
import { doctorUnderTest } from '../doctor-under-test.js';

const doctor = doctorUnderTest();
const ROOT = resolve(import.meta.dirname, '../../../..');

describe('nestjs-clerk-mcp doctor --production', () => {
  it('examines settings, Node.js and the proxy beside the rest', async () => {
    const { code, checks } = await doctor.examined(['--production']);
    expect(code).toBe(1);
    const statuses = Object.values(checks).map(({ name, status }) => `${name} ${status}`);
    expect(statuses).toEqual(
      expect.arrayContaining([
        'secret-key ok',
        'challenge ok',
        'public-url failure',
        'node-env failure',
        'live-keys failure',
        'base-url failure',
        'listen-address ok',
        'trust-proxy ok',
        'stream warning',
      ]),
    );
    expect(checks['node-version']).toBeDefined();
  });

  it('names the cure and the page of each finding, and prints both', async () => {
    const { checks } = await doctor.examined(['--production']);
    const findings = Object.values(checks).filter(({ status }) => status !== 'ok');
    expect(findings.length).toBeGreaterThan(4);
    expect(findings.filter(({ cure, page }) => !cure || !page)).toEqual([]);
    const passed = Object.values(checks).filter(({ status }) => status === 'ok');
    expect(passed.filter(({ page }) => page !== undefined)).toEqual([]);
    const { stdout } = await runCommand(['doctor', '--production', '--env-file', '/dev/null'], {
      environment: doctor.environment,
    });
    expect(stdout).toMatch(
      /^failure +live-keys +.+ Set the keys .+ \(https:\S+\/production#keys-and-tokens\)$/m,
    );
  });

  it('watches a stream of the server with a token', async () => {
    const service = await startService({
      env: { MCP_SIGN_IN: 'connect' },
      override: (builder) => builder.overrideProvider(Heartbeat).useValue(new Heartbeat(20)),
    });
    onTestFinished(() => service.stop());
    const token = await service.clerk.issue.oauthAccessToken({
      user: 'ada@example.com',
      resource: service.url,
    });
    const { stdout } = await runCommand(
      ['doctor', service.url, '--production', '--token', '--json', '--stream-seconds', '1'],
      { environment: doctor.environment, stdin: token },
    );
    expect(stdout).not.toContain(token);
    const { checks } = JSON.parse(stdout) as {
      checks: { name: string; message: string; cure: string }[];
    };
    // The first comment comes after 15 seconds, which no test waits for.
    expect(checks.find(({ name }) => name === 'stream')).toMatchObject({
      message: expect.stringMatching(/^Events arrive at once/),
      cure: 'Pass --stream-seconds 20 or more.',
    });
  });

  it('ends without a server and without a network', async () => {
    const environment = {
      ...doctor.environment,
      BASE_URL: 'http://127.0.0.1:9',
      CLERK_FRONTEND_API: 'http://127.0.0.1:9',
      CLERK_API_URL: 'http://127.0.0.1:9',
      REDIS_URL: 'redis://127.0.0.1:9',
    };
    const { code, checks } = await doctor.examined(['--production'], { environment });
    expect(code).toBe(1);
    expect(checks['proxy']).toMatchObject({ status: 'warning' });
    expect(checks['stream']).toBeUndefined();
    expect(checks['redis']?.status).toBe('failure');
    expect(checks['cluster-secret']?.status).toBe('failure');
  });

  it('demands what the start in production demands', async () => {
    const { CLERK_AUTHORIZED_PARTIES: _none, ...environment } = doctor.environment;
    const { checks } = await doctor.examined(['--production'], { environment });
    expect(checks['configuration']).toMatchObject({
      status: 'failure',
      message: expect.stringContaining('authorizedParties'),
    });
  });

  it('takes the public address as an argument', async () => {
    const { origin } = new URL(doctor.service.url);
    const { checks } = await doctor.examined([origin, '--production']);
    expect(checks['resource-metadata']).toMatchObject({
      status: 'ok',
      message: expect.stringContaining('/oauth-protected-resource/mcp'),
    });
  });

  it.each([
    [['https://a.example', 'https://b.example'], 'Pass one URL'],
    [['https://a.example', '--url', 'https://b.example/mcp'], 'Pass one URL'],
    [['mcp.example.com'], 'is not an http or https URL'],
    [['https://ada:geheim@a.example'], 'The URL contains a user or a password'],
    [['--production', '--live'], '--production cannot be combined with --live'],
    [['--stream-seconds', '5'], '--stream-seconds requires --production'],
    [['--production', '--stream-seconds', '0'], 'a number of seconds from 1 to 600'],
    [['--production', '--stream-seconds', '1e3'], 'a number of seconds from 1 to 600'],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await runCommand(['doctor', ...args]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
    expect(stderr).not.toContain('geheim');
  });
});

describe('the pages of the checks', () => {
  it('are known for every check, except of doctor --live', () => {
    const folder = join(ROOT, 'src/cli/doctor');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const text = files
      .filter((file) => file.endsWith('.ts') && !file.startsWith('live'))
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join('\n');
    const names = [
      ...text.matchAll(/\b(?:failure|warning|ok)\(\s*'([\w-]+)'/g),
      ...text.matchAll(/\b(?:name|NAME) = '([\w-]+)'/g),
    ].map(([, name = '']) => name);
    expect(new Set(names).size).toBeGreaterThan(40);
    expect([...new Set(names)].filter((name) => PAGES[name] === undefined)).toEqual([]);
    expect(Object.keys(PAGES).filter((name) => !names.includes(name))).toEqual([]);
  });
});

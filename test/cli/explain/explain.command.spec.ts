import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClerkEmulator, type ClerkEmulator } from '../../../src/emulator/index.js';
import { type BuiltService, buildService } from '../../e2e/built-service.js';
import { runCommand } from '../fake-terminal.js';

const RESOURCE = 'https://service.example.com/mcp';

describe('nestjs-clerk-mcp explain', () => {
  let built: BuiltService;
  let clerk: ClerkEmulator;
  beforeAll(async () => {
    [built, clerk] = await Promise.all([buildService(), startClerkEmulator()]);
  });
  afterAll(() => Promise.all([built.remove(), clerk.close()]));

  it('connects the service of this package to the emulator that issued the token', async () => {
    const token = await tokenFor(RESOURCE);
    expect(await explain(['--tool', 'echo'], token, { CLERK_EMULATOR: 'on' })).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^allowed {2}echo \(DemoService\.echo\)\n/),
      stderr: `The local Clerk emulator ${clerk.url} issued the token and verifies it.\n`,
    });
  });

  it('asks by the variables that name an instance', async () => {
    const other = await tokenFor('https://other.example.com/mcp');
    const { code, stdout, stderr } = await explain(['--tool', 'echo', '--json'], other, {
      CLERK_SECRET_KEY: clerk.secretKey,
      CLERK_FRONTEND_API: clerk.url,
      CLERK_API_URL: clerk.url,
    });
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      allowed: false,
      refusal: { reason: 'invalid_token', status: 401 },
    });
    expect(stdout).not.toContain(other);
  });

  it('explains for an anonymous caller', async () => {
    const { code, stdout } = await explain(['--tool', 'getAuthInfo', '--anonymous'], '', {
      CLERK_EMULATOR: 'on',
    });
    expect({ code, first: stdout.split('\n')[0] }).toEqual({
      code: 0,
      first: 'allowed  getAuthInfo (AuthService.getAuthInfo)',
    });
  });

  it('says that the emulator of the token does not run', async () => {
    const gone = await startClerkEmulator();
    const token = await gone.issue.oauthAccessToken({ user: 'ada@example.com' });
    await gone.close();
    const { code, stderr } = await runCommand(
      ['explain', '--tool', 'echo', '--app', built.main.replace(/main\.js$/, 'app/app.module.js')],
      { stdin: token },
    );
    expect(code).toBe(1);
    expect(stderr).toContain(`${gone.url}/__emulator/secret_key cannot be reached`);
  });

  it.each([
    [[], 'Pass exactly one of --tool, --resource and --prompt.'],
    [['--tool', 'a', '--prompt', 'b'], 'Pass exactly one of'],
    [['--tool', 'echo'], 'The standard input contains no token.'],
    [
      ['--tool', 'echo', '--anonymous', '--app', 'none.js'],
      'none.js does not exist. Build the app',
    ],
    [
      [
        '--tool',
        'echo',
        '--anonymous',
        '--app',
        join(import.meta.dirname, '../fake-terminal.ts#X'),
      ],
      'exports no class X. Name the class of the root module',
    ],
  ])('refuses %j with the cure', async (args, message) => {
    const { code, stderr } = await runCommand(['explain', ...args]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });

  it('finds that the application has another copy of the package', async () => {
    const app = join(built.cwd, 'app.module.mjs');
    await writeFile(app, 'export class AppModule {}');
    const { code, stderr } = await runCommand([
      'explain',
      '--tool',
      'x',
      '--anonymous',
      '--app',
      app,
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain('Run the nestjs-clerk-mcp that is installed in its node_modules.');
  });

  function tokenFor(resource: string): Promise<string> {
    return clerk.issue.oauthAccessToken({ user: 'ada@example.com', resource });
  }

  /** The program, in a folder with nothing but the service. */
  async function explain(
    args: readonly string[],
    token: string,
    variables: Readonly<Record<string, string>> = {},
  ) {
    const program = join(built.main, '../cli/main.js');
    const child = spawn(process.execPath, [program, 'explain', ...args], {
      cwd: built.cwd,
      env: { PATH: process.env['PATH'], BASE_URL: 'https://service.example.com', ...variables },
    });
    child.stdin.end(token);
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    return { code, stdout, stderr };
  }
});

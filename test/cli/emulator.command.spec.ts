import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClerkClient } from '@clerk/backend';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClerkEmulator } from '../../src/emulator/index.js';
import { type BuiltService, buildService } from '../e2e/built-service.js';
import { runCommand } from './fake-terminal.js';

describe('nestjs-clerk-mcp emulator', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'emulator-command-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('serves until it is stopped, and says how to use it', async () => {
    const run = running(['--port', '0']);
    const screen = await run.screen;
    const { CLERK_API_URL: apiUrl = '', CLERK_SECRET_KEY: secretKey = '' } = variablesIn(screen);
    const users = await createClerkClient({ apiUrl, secretKey }).users.getUserList();
    expect(users.data.map(({ id }) => id)).toHaveLength(3);
    expect(screen).toMatch(/ada@example\.com +Ada Lovelace, org:admin of Analytical Engines/);
    expect(await run.end()).toMatchObject({ code: 0, stderr: '' });
    await expect(fetch(String(apiUrl))).rejects.toThrow('fetch failed');
  });

  it('starts with what a seed holds', async () => {
    const seed = await fileWith({
      users: [{ emailAddress: 'lin@example.com', firstName: 'Lin' }],
      organizations: [{ name: 'Looms', slug: 'looms' }],
      memberships: [
        {
          organization: 'looms',
          user: 'lin@example.com',
          role: 'org:weaver',
          permissions: ['org:looms:use'],
        },
      ],
      apiKeys: [{ name: 'ci', subject: 'looms', secret: 'ak_known', scopes: ['notes:read'] }],
      customScopes: { 'notes:read': 'Read your notes' },
      switches: { accessTokenFormat: 'opaque' },
      faults: [{ group: 'users', kind: 'status', status: 503, times: 1 }],
    });
    const run = running(['--port', '0', '--json', '--secret-key', 'sk_test_same', '--seed', seed]);
    const { CLERK_API_URL: apiUrl, ...others } = JSON.parse(await run.screen);
    expect(others).toMatchObject({ CLERK_SECRET_KEY: 'sk_test_same', CLERK_FRONTEND_API: apiUrl });
    const clerk = createClerkClient({ apiUrl, secretKey: 'sk_test_same' });
    await expect(clerk.users.getUserList()).rejects.toMatchObject({ status: 503 });
    const {
      data: [user],
    } = await clerk.users.getUserList();
    expect(user).toMatchObject({ firstName: 'Lin' });
    const key = await clerk.apiKeys.verify('ak_known');
    expect(key).toMatchObject({ subject: expect.stringMatching(/^org_/), scopes: ['notes:read'] });
    const state = await (await fetch(`${apiUrl}/__emulator`)).json();
    expect(state).toMatchObject({
      accounts: [{ emailAddress: 'lin@example.com', organization: { role: 'org:weaver' } }],
      switches: { accessTokenFormat: 'opaque' },
    });
    await run.end();
  });

  it.each([
    ['a file that is not there', 'none.json', undefined, /Cannot read the seed .*none\.json/],
    ['text that is not JSON', 'text.json', 'users: []', /text\.json is not valid JSON/],
    ['a field that does not exist', 'field.json', '{"people":[]}', /does not fit[^]*"people"/],
    ['a wrong value', 'value.json', '{"users":[{"emailAddress":"x"}]}', /users\[0\]\.emailAddress/],
    ['an unknown name', 'name.json', '{"memberships":[{"organization":"x","user":"y"}]}', /"x"/],
  ])('refuses %s', async (_what, name, content, message) => {
    const file = join(folder, name);
    if (content !== undefined) await writeFile(file, content);
    const { code, stderr } = await runCommand(['emulator', '--port', '0', '--seed', file]);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });

  it.each([
    [{ NODE_ENV: 'production' }, /does not start in production/],
    [{ NODE_ENV: ' Production ' }, /does not start in production/],
    [{ CLERK_PUBLISHABLE_KEY: 'pk_live_x' }, /beside a live publishable key/],
    [{ CLERK_SECRET_KEY: 'sk_live_x' }, /beside a live secret key/],
  ])('does not start with %j', async (environment, message) => {
    const { code, stderr } = await runCommand(['emulator', '--port', '0'], { environment });
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('sk_live_x');
  });

  describe('with --state', () => {
    it('is the same emulator after a restart: address, key, people', async () => {
      const state = join(folder, 'kept', 'state.json');
      const first = running(['--port', '0', '--json', '--state', state]);
      const variables = JSON.parse(await first.screen);
      const created = await fetch(`${variables.CLERK_API_URL}/__emulator/users`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ emailAddress: 'lin@example.com' }),
      });
      expect(created.status).toBe(200);
      expect(await first.end()).toMatchObject({ code: 0, stderr: '' });
      const second = running(['--state', state]);
      const screen = await second.screen;
      expect(variablesIn(screen)).toEqual(variables);
      expect(screen).toContain('lin@example.com');
      expect(screen).toContain(`${state}   (delete it to start from the seed)`);
      expect(await second.end()).toMatchObject({ code: 0, stderr: '' });
    });

    it('says at the standard error what became of the file', async () => {
      const state = join(folder, 'broken.json');
      await writeFile(state, '{');
      const run = running(['--port', '0', '--json', '--state', state]);
      expect(JSON.parse(await run.screen)).toHaveProperty('CLERK_API_URL');
      expect(await run.end()).toMatchObject({
        code: 0,
        stderr: expect.stringMatching(/not a state/),
      });
    });

    it('begins with the seed, and says when the file began with another one', async () => {
      const state = join(folder, 'seeded.json');
      const seed = await fileWith({ users: [{ emailAddress: 'lin@example.com' }] });
      const first = running(['--port', '0', '--seed', seed, '--state', state]);
      expect(await first.screen).toContain('lin@example.com');
      await first.end();
      const other = await fileWith({ users: [{ emailAddress: 'kim@example.com' }] });
      const second = running(['--seed', other, '--state', state]);
      const screen = await second.screen;
      expect([screen.includes('lin@example.com'), screen.includes('kim@')]).toEqual([true, false]);
      expect((await second.end()).stderr).toMatch(/began with another seed/);
    });
  });

  describe('with --export', () => {
    const SEED = {
      users: [{ emailAddress: 'lin@example.com', firstName: 'Lin' }],
      switches: { accessTokenFormat: 'opaque' },
    };

    it('writes the content of a running emulator as a seed, which starts another one', async () => {
      const run = running(['--port', '0', '--json', '--seed', await fileWith(SEED)]);
      const { CLERK_API_URL: apiUrl } = JSON.parse(await run.screen);
      const file = join(folder, 'exported.json');
      const args = ['emulator', '--port', new URL(apiUrl).port, '--export'];
      expect(await runCommand([...args, file])).toEqual({ code: 0, stdout: '', stderr: '' });
      const printed = await runCommand([...args, '-']);
      await run.end();
      expect(printed.stdout).toBe(await readFile(file, 'utf8'));
      const seed = JSON.parse(printed.stdout);
      expect(seed).toMatchObject({ users: [{ emailAddress: 'lin@example.com' }] });
      const copy = running(['--port', '0', '--json', '--seed', file]);
      const { CLERK_API_URL: copyUrl } = JSON.parse(await copy.screen);
      const { stdout } = await runCommand([
        'emulator',
        '--export',
        '-',
        '--port',
        new URL(copyUrl).port,
      ]);
      await copy.end();
      expect(JSON.parse(stdout)).toEqual(seed);
    });

    it('writes the content of a state without an emulator', async () => {
      const state = join(folder, 'exported-state.json');
      const run = running(['--port', '0', '--seed', await fileWith(SEED), '--state', state]);
      await run.screen;
      await run.end();
      const { code, stdout } = await runCommand(['emulator', '--state', state, '--export', '-']);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ switches: SEED.switches });
      expect(stdout).toContain('lin@example.com');
    });

    it.each([
      ['no emulator', () => ['--port', '1'], /No emulator answers at http:\/\/127\.0\.0\.1:1\b/],
      ['no state', () => ['--state', join(folder, 'no-state.json')], /no-state\.json/],
    ])('says that there is %s', async (_what, source, message) => {
      const file = join(folder, 'unwritten.json');
      const { code, stderr } = await runCommand(['emulator', ...source(), '--export', file]);
      expect(code).toBe(1);
      expect(stderr).toMatch(message);
      await expect(readFile(file)).rejects.toThrow('ENOENT');
    });

    it('says which file it cannot write', async () => {
      const state = join(folder, 'exported-state.json');
      const target = join(folder, 'no-folder', 'seed.json');
      const { code, stderr } = await runCommand(['emulator', '--state', state, '--export', target]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^Cannot write the seed .*no-folder/);
    });
  });

  it('says which port is taken', async () => {
    await using other = await startClerkEmulator();
    const { port } = new URL(other.url);
    const { code, stderr } = await runCommand(['emulator', '--port', port]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining(`Port ${port} is`),
    });
  });

  /** The command in this process, which ends when the test says so. */
  function running(args: readonly string[]) {
    const stop = new AbortController();
    const printed = new EventEmitter();
    const screen = once(printed, 'text').then(([text]) => String(text));
    const ended = runCommand(['emulator', ...args], {
      stopped: stop.signal,
      onPrint: (text) => printed.emit('text', text),
    });
    const end = () => {
      stop.abort();
      return ended;
    };
    return { screen, end };
  }

  async function fileWith(value: unknown): Promise<string> {
    const file = join(folder, 'seed.json');
    await writeFile(file, JSON.stringify(value));
    return file;
  }
});

describe('the program that runs it', () => {
  let built: BuiltService;
  beforeAll(async () => {
    built = await buildService();
  });
  afterAll(() => built.remove());

  it.each(['SIGINT', 'SIGTERM'] as const)('ends cleanly on %s', async (signal) => {
    const program = join(built.main, '../cli/main.js');
    const child = spawn(process.execPath, [program, 'emulator', '--port', '0', '--json']);
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    expect(JSON.parse(line.toString())).toHaveProperty('CLERK_API_URL');
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});

function variablesIn(screen: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...screen.matchAll(/^ +([A-Z_]+)=(\S+)$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
}

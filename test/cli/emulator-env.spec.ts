import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from './fake-terminal.js';

describe('nestjs-clerk-mcp emulator --env', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'emulator-env-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('creates the file, for its owner alone', async () => {
    const file = join(folder, 'new.env');
    const variables = await runWith(file);
    expect(parseEnv(await readFile(file, 'utf8'))).toEqual(variables);
    expect((await stat(file)).mode & 0o077).toBe(0);
  });

  it('sets empty variables, and leaves the other lines as they are', async () => {
    const file = join(folder, 'nest-add.env');
    await writeFile(
      file,
      '# Keys\nCLERK_SECRET_KEY=\n  export CLERK_API_URL = \nPUBLIC_URL="http://localhost:3000" # mine',
    );
    const variables = await runWith(file);
    expect(await readFile(file, 'utf8')).toBe(
      [
        '# Keys',
        `CLERK_SECRET_KEY=${variables.CLERK_SECRET_KEY}`,
        `  export CLERK_API_URL =${variables.CLERK_API_URL}`,
        'PUBLIC_URL="http://localhost:3000" # mine',
        `CLERK_PUBLISHABLE_KEY=${variables.CLERK_PUBLISHABLE_KEY}`,
        `CLERK_FRONTEND_API=${variables.CLERK_FRONTEND_API}`,
        '',
      ].join('\n'),
    );
  });

  it('replaces the variables of an emulator', async () => {
    const file = join(folder, 'again.env');
    await runWith(file);
    const variables = await runWith(file);
    expect(parseEnv(await readFile(file, 'utf8'))).toEqual(variables);
  });

  it.each([
    'CLERK_SECRET_KEY=sk_test_mine\n',
    `CLERK_PUBLISHABLE_KEY=pk_test_${btoa('verb-noun-00.clerk.accounts.dev$')}\n`,
    `CLERK_PUBLISHABLE_KEY=pk_test_${btoa('127.0.0.1.example.com$')}\n`,
  ])('refuses a file with the keys of an instance (%j)', async (content) => {
    const file = join(folder, 'instance.env');
    await writeFile(file, content);
    const { code, stdout, stderr } = await runCommand(['emulator', '--port', '0', '--env', file]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('instance.env has the keys of a Clerk instance');
    expect(stderr).not.toContain('sk_test_mine');
    expect(await readFile(file, 'utf8')).toBe(content);
  });

  it('says which file it cannot read or write', async () => {
    const args = ['emulator', '--port', '0', '--env'];
    expect(await runCommand([...args, folder])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^Cannot read the file /),
    });
    expect(await runCommand([...args, join(folder, 'none', '.env')])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^Cannot write the file /),
    });
  });

  async function runWith(file: string): Promise<Readonly<Record<string, string>>> {
    const stop = new AbortController();
    const args = ['emulator', '--port', '0', '--json', '--env', file];
    const { code, stdout } = await runCommand(args, {
      stopped: stop.signal,
      onPrint: () => stop.abort(),
    });
    expect(code).toBe(0);
    return JSON.parse(stdout);
  }
});

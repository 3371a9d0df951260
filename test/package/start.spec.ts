import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { npmInstall } from './npm.js';
import { ROOT, run } from './packed.js';
import { registryIsReachable } from './registry.js';
import { serve } from './served.js';

const PAGE = readFileSync(join(ROOT, 'docs/first-tool.md'), 'utf8');

// The steps of docs/install.md and docs/first-tool.md, with a copy of what `nest new` creates.
describe.skipIf(!(await registryIsReachable()))('a newcomer who follows the first pages', () => {
  let folder: string;
  let emulator: ChildProcess;

  beforeAll(async () => {
    const { root, tarball } = inject('packed');
    folder = join(root, 'start');
    await cp(join(import.meta.dirname, 'projects/cli12'), folder, { recursive: true });
    await npmInstall(folder, [tarball, 'nestjs-cls', 'zod']);
    await run('npx', ['nest', 'add', 'nestjs-clerk-mcp', '--skip-install'], folder);
    // The page takes the default port.
    const args = ['nestjs-clerk-mcp', 'emulator', '--env', '.env', '--port', '0'];
    emulator = spawn('npx', args, { cwd: folder, detached: true });
    await once(emulator.stdout ?? emulator, 'data');
    await run('npx', ['nest', 'g', '-c', 'nestjs-clerk-mcp', 'tool', 'greet-me'], folder);
    for (const [file, code] of filesOf(PAGE)) await writeFile(join(folder, file), code);
    await run('npx', ['nest', 'build'], folder);
  });

  afterAll(() => {
    if (emulator.pid !== undefined) process.kill(-emulator.pid);
  });

  it('has the files that the page shows', async () => {
    const files = filesOf(PAGE).map(([file]) => file);
    expect(files).toEqual(['src/greet-me/greet-me.tool.ts', 'src/greet-me/greet-me.tool.spec.ts']);
    expect(await readFile(join(folder, 'src/app.module.ts'), 'utf8')).toContain('GreetMeTool');
  });

  it('calls the protected tool as a user, in a terminal', async () => {
    const printed = await serve(folder, 'dist/main.js', {}, async (url) => {
      const commands = commandsOf(PAGE).filter((command) => command.startsWith('npx nestjs-clerk'));
      expect(commands).toHaveLength(2);
      return Promise.all(
        commands.map(async (command) => {
          const args = argumentsOf(command.replace('http://localhost:3000', url));
          return (await run('npx', args, folder)).stdout;
        }),
      );
    });
    expect(printed).toEqual([
      expect.stringContaining('greetMe  Greets the user by name'),
      'Hello, Ada!\n',
    ]);
  });

  it('opens the explorer', async () => {
    const { status } = await serve(folder, 'dist/main.js', {}, (url) =>
      fetch(new URL('/explorer', url), { headers: { accept: 'text/html' } }),
    );
    expect(status).toBe(200);
  });

  it('passes the tests of the page', async () => {
    const report = join(folder, 'report.json');
    const options = ['--reporter=json', `--outputFile=${report}`, '--testTimeout=60000'];
    await run('npm', ['test', '--', ...options], folder);
    expect(JSON.parse(await readFile(report, 'utf8'))).toMatchObject({
      numFailedTests: 0,
      numPassedTests: 3,
    });
  });
});

/** The files that a page shows, each with its name in the first line. */
function filesOf(page: string): readonly (readonly [file: string, code: string])[] {
  return [...page.matchAll(/^```ts\n\/\/ (src\/\S+)\n(.*?)^```$/gms)].map(
    ([, file = '', code = '']) => [file, code] as const,
  );
}

function commandsOf(page: string): readonly string[] {
  return [...page.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, code = '']) =>
    code.trim().split('\n'),
  );
}

/** The arguments of `npx` in a command without anything that only a shell understands but quotes. */
function argumentsOf(command: string): readonly string[] {
  return (command.match(/'[^']*'|\S+/g) ?? []).slice(1).map((part) => part.replaceAll("'", ''));
}

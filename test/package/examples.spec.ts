import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, inject, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { npmInstall } from './npm.js';
import { ROOT, run } from './packed.js';
import { registryIsReachable } from './registry.js';
import { serve } from './served.js';

const NAME = 'nestjs-clerk-mcp';
const HERE: Readonly<Record<string, string>> = {
  ...manifest.dependencies,
  ...manifest.devDependencies,
};

describe.skipIf(!(await registryIsReachable()))('the examples', () => {
  it.each(['rest-with-tools', 'jest-commonjs', 'stdio'])(
    '%s compiles and passes its tests',
    async (name) => {
      const folder = await installed(name);
      await run('npm', ['run', 'build'], folder);
      await run('npm', ['test'], folder, { CI: 'true' });
    },
  );

  it('hello answers as its page says', async () => {
    const folder = await installed('hello');
    await run('npm', ['run', 'build'], folder);
    const emulator = spawn('npm', ['run', 'emulator', '--', '--port', '0'], {
      cwd: folder,
      detached: true,
    });
    try {
      const [page, keys] = await Promise.all([
        readFile(join(folder, 'README.md'), 'utf8'),
        keysOf(emulator.stdout, folder),
      ]);
      const [, input = ''] = /hello '(\{.*\})' --as/.exec(page) ?? [];
      const [, answer = ''] = /The answer is `([^`]*)`/.exec(page) ?? [];
      const printed = await serve(folder, 'dist/main.js', keys, async (url) => {
        const args = [NAME, 'call', url, 'hello', input, '--as', 'ada@example.com'];
        return (await run('npx', args, folder)).stdout;
      });
      expect(printed).toBe(`${answer}\n`);
    } finally {
      if (emulator.pid !== undefined) process.kill(-emulator.pid);
    }
  });
});

/** A copy of an example with the packed package, and with the versions that this repository has. */
async function installed(name: string): Promise<string> {
  const { root, tarball } = inject('packed');
  const folder = join(root, `example-${name}`);
  await rm(folder, { recursive: true, force: true });
  await cp(join(ROOT, 'examples', name), folder, {
    recursive: true,
    filter: (path) => !/node_modules|dist|\.env$/.test(path.slice(ROOT.length)),
  });
  const { dependencies, devDependencies } = JSON.parse(
    await readFile(join(folder, 'package.json'), 'utf8'),
  );
  const others = Object.keys({ ...dependencies, ...devDependencies }).filter((one) => one !== NAME);
  const versions = others.filter((one) => HERE[one]).map((one) => `${one}@${HERE[one]}`);
  await npmInstall(folder, [tarball, ...versions]);
  return folder;
}

/** What the emulator has written into `.env`, once it has printed its screen. */
async function keysOf(output: NodeJS.ReadableStream, folder: string): Promise<NodeJS.Dict<string>> {
  let printed = '';
  while (!printed.includes('Ctrl+C')) printed += String((await once(output, 'data'))[0]);
  return parseEnv(await readFile(join(folder, '.env'), 'utf8'));
}

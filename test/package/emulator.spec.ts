import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import manifest from '../../packages/nestjs-clerk-mcp/package.json' with { type: 'json' };
import { type InstalledPackage, installPacked } from './installed.js';
import { ROOT, run } from './packed.js';

let installed: InstalledPackage;

beforeAll(async () => {
  installed = await installPacked('plain-node');
});

it('runs the example of its page in plain Node', async () => {
  const { folder } = installed;
  const page = await readFile(join(ROOT, 'docs/emulator.md'), 'utf8');
  await writeFile(join(folder, 'example.mjs'), /^```js\n(.*?)^```$/ms.exec(page)?.[1] ?? '');
  expect(await run(process.execPath, ['example.mjs'], folder)).toEqual({
    stdout: "{ firstName: 'Lin', scopes: [ 'profile', 'email' ] }\n",
    stderr: '',
  });
});

it('has a program', async () => {
  const { folder, path } = installed;
  const program = join(path, manifest.bin['nestjs-clerk-mcp']);
  expect(await readFile(program, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  const { stdout } = await run(process.execPath, [program, '--version'], folder);
  expect(stdout).toBe(`${manifest.version}\n`);
});

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { installOffline, packPackage, type PackedPackage, ROOT, run } from './packed.js';

let packed: PackedPackage;
let folder: string;

beforeAll(async () => {
  packed = await packPackage();
  folder = await packed.folder('plain-node');
  await installOffline(packed, folder);
});
afterAll(() => packed.remove());

it('runs the example of its page in plain Node', async () => {
  const page = await readFile(join(ROOT, 'docs/emulator.md'), 'utf8');
  await writeFile(join(folder, 'example.mjs'), /^```js\n(.*?)^```$/ms.exec(page)?.[1] ?? '');
  const { stdout, stderr } = await run(process.execPath, ['example.mjs'], folder);
  expect({ stdout, stderr }).toEqual({
    stdout: "{ firstName: 'Lin', scopes: [ 'profile', 'email' ] }\n",
    stderr: '',
  });
});

it('has a program', async () => {
  const { name, version, bin } = manifest;
  const program = join(folder, 'node_modules', name, bin['nestjs-clerk-mcp']);
  expect(await readFile(program, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  const { stdout } = await run(process.execPath, [program, '--version'], folder);
  expect(stdout).toBe(`${version}\n`);
});

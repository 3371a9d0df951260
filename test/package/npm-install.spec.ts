import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import manifest from '../../packages/nestjs-clerk-mcp/package.json' with { type: 'json' };
import { registryIsReachable } from './registry.js';
import { run } from './packed.js';

it.skipIf(!(await registryIsReachable()))(
  'npm installs it with one copy of Nest, and npx finds it',
  async () => {
    const { root, tarball } = inject('packed');
    const folder = join(root, 'npm-install');
    await mkdir(folder);
    await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true }));
    const options = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
    await run('npm', ['install', tarball, ...options], folder);
    const { stdout: tree } = await run(
      'npm',
      ['ls', '@nestjs/core', '--all', '--parseable'],
      folder,
    );
    expect(tree.trim().split('\n')).toEqual([join(folder, 'node_modules/@nestjs/core')]);
    expect(await readdir(join(folder, 'node_modules'))).not.toContain('vitest');
    const { stdout } = await run('npx', ['--no', '--', manifest.name, '--version'], folder);
    expect(stdout).toBe(`${manifest.version}\n`);
  },
);

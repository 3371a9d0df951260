import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { editManifest, npmInstall } from './npm.js';
import { ROOT, run } from './packed.js';
import { registryIsReachable } from './registry.js';
import { callSelfContained, openSelfContained } from './served.js';

const PROGRAM = join(ROOT, 'packages/create-nestjs-clerk-mcp/bin/create-nestjs-clerk-mcp.js');
const create = (cwd: string, ...args: readonly string[]) =>
  run(process.execPath, [PROGRAM, ...args], cwd);

describe('npm create nestjs-clerk-mcp', () => {
  let folder: string;
  beforeAll(async () => {
    folder = join(inject('packed').root, 'create');
    await mkdir(folder);
  });

  it('writes an application with the name of the folder', async () => {
    const { stdout } = await create(folder, 'my-server', '--no-install');
    expect(stdout).toMatch(/cd my-server\n +npm install\n +npm start/);
    const files = await readdir(join(folder, 'my-server'));
    expect(files).toEqual(expect.arrayContaining(['.env.example', '.gitignore', 'README.md']));
    expect(await readFile(join(folder, 'my-server/.gitignore'), 'utf8')).toMatch(/^\.env$/m);
    const { name, dependencies } = await manifestOf(join(folder, 'my-server'));
    expect(name).toBe('my-server');
    expect(dependencies).toHaveProperty('@nestjs/platform-fastify');
    expect(dependencies).not.toHaveProperty('@nestjs/platform-express');
  });

  it('writes into an empty folder, for Express', async () => {
    await mkdir(join(folder, 'empty'));
    await create(folder, 'empty', '--express', '--no-install');
    const { dependencies } = await manifestOf(join(folder, 'empty'));
    expect(dependencies).toHaveProperty('@nestjs/platform-express');
    expect(dependencies).not.toHaveProperty('@nestjs/platform-fastify');
  });

  it('is packed with its template', async () => {
    const source = join(ROOT, 'packages/create-nestjs-clerk-mcp');
    const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--silent'], source);
    const [packed] = Object.values(JSON.parse(stdout) as Record<string, NpmPack>);
    const paths = packed?.files.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        'README.md',
        'bin/create-nestjs-clerk-mcp.js',
        'template/base/.env.example',
        'template/base/gitignore',
        'template/base/package.json',
        'template/express/src/main.ts',
        'template/fastify/src/main.ts',
      ]),
    );
  });

  it.each([
    ['no folder', [], 'Name one folder for the application.'],
    ['two folders', ['a', 'b'], 'Name one folder for the application.'],
    ['an unknown option', ['x', '--nest'], "Unknown option '--nest'"],
    ['a name that npm refuses', ['My Server'], '"My Server" is no name of a package.'],
    ['a folder below a file', ['file/x'], 'Cannot create the folder file/x'],
    ['a folder with files', ['full'], 'The folder full is not empty.'],
  ])('refuses %s', async (_case, args, message) => {
    await mkdir(join(folder, 'full'), { recursive: true });
    await writeFile(join(folder, 'full/file'), 'mine');
    await writeFile(join(folder, 'file'), 'mine');
    await expect(create(folder, ...args)).rejects.toThrow(message);
    expect(await readdir(join(folder, 'full'))).toEqual(['file']);
  });
});

describe.skipIf(!(await registryIsReachable())).each(['fastify', 'express'] as const)(
  'a created application on %s',
  (adapter) => {
    let folder: string;
    beforeAll(async () => {
      const { root } = inject('packed');
      folder = join(root, `created-${adapter}`);
      await create(
        root,
        `created-${adapter}`,
        '--no-install',
        ...(adapter === 'express' ? ['--express'] : []),
      );
      await symlink(await installedModules(), join(folder, 'node_modules'));
    });

    it('passes its checks', async () => {
      const { stdout } = await run('npm', ['test'], folder, { CI: 'true', NO_COLOR: '1' });
      expect(stdout).toMatch(/Tests +2 passed/);
    });

    it('starts with a local emulator, without a key', async () => {
      await run('npm', ['run', 'build'], folder);
      const tool = { name: 'greet', arguments: { greeting: 'Hi' } };
      const content = await callSelfContained(folder, 'dist/main.js', tool);
      expect(content).toEqual([{ type: 'text', text: 'Hi, Ada!' }]);
    });

    it('sends a browser to the explorer', async () => {
      const { status, url } = await openSelfContained(folder, 'dist/main.js', '/');
      expect({ status, path: new URL(url).pathname }).toEqual({ status: 200, path: '/explorer' });
    });
  },
);

/** What both applications need, installed once. */
let modules: Promise<string> | undefined;
function installedModules(): Promise<string> {
  modules ??= installModules();
  return modules;
}

async function installModules(): Promise<string> {
  const { root, tarball } = inject('packed');
  await create(root, 'created', '--no-install');
  const folder = join(root, 'created');
  await editManifest(folder, ({ dependencies }) => {
    dependencies['nestjs-clerk-mcp'] = tarball;
    dependencies['@nestjs/platform-express'] = dependencies['@nestjs/common'] ?? '';
  });
  await npmInstall(folder);
  return join(folder, 'node_modules');
}

async function manifestOf(folder: string) {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
}

interface NpmPack {
  readonly files: readonly { readonly path: string }[];
}

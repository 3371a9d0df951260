import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkPackages } from '../../../src/cli/doctor/check-packages.js';

let app: string;
beforeEach(async () => {
  app = await realpath(await mkdtemp(join(tmpdir(), 'packages-')));
});
afterEach(() => rm(app, { recursive: true }));

/** Writes the package.json of a package below the folder of the application. */
async function write(folder: string, version: string, more: object = {}): Promise<void> {
  const [name] = /(?:@[^/]+\/)?[^/]+$/.exec(folder) ?? [];
  await mkdir(join(app, folder), { recursive: true });
  const manifest = JSON.stringify({ name: name ?? 'notes', version, ...more });
  await writeFile(join(app, folder, 'package.json'), manifest);
}

const NEST = { '@nestjs/core': '*', '@nestjs/common': '*' };
const LIBRARY = 'node_modules/nestjs-clerk-mcp';

/** An application with one copy of each package. */
async function install(dependencies: object = {}): Promise<void> {
  await write('', '1.0.0', { dependencies: { ...NEST, 'nestjs-clerk-mcp': '*', ...dependencies } });
  await write(LIBRARY, '0.2.0', { dependencies: { zod: '*' }, peerDependencies: NEST });
  await write('node_modules/@nestjs/core', '12.5.1');
  await write('node_modules/@nestjs/common', '12.5.0');
  await write('node_modules/reflect-metadata', '0.2.2');
  await write('node_modules/zod', '4.6.7');
}

const check = (command = LIBRARY) => checkPackages(app, join(app, command, 'dist/cli/doctor'));
const cure = (name: string) =>
  `Install one version that all of them accept, run "npm dedupe", and check with "npm ls ${name}".`;

describe('The packages of an application', () => {
  it('are one copy each', async () => {
    await install();
    expect(await check()).toEqual([
      {
        name: 'packages',
        status: 'ok',
        message:
          'One copy each of @nestjs/core 12.5.1, @nestjs/common 12.5.0, nestjs-clerk-mcp 0.2.0, reflect-metadata 0.2.2, zod 4.6.7',
      },
    ]);
  });

  it.each(['@nestjs/core', '@nestjs/common'])(
    'may not be two copies of %s for the application and this package',
    async (name) => {
      await install();
      await write(`${LIBRARY}/node_modules/${name}`, '11.2.0');
      const version = name === '@nestjs/core' ? '12.5.1' : '12.5.0';
      expect(await check()).toEqual([
        {
          name: 'packages',
          status: 'failure',
          message: `2 copies of ${name} are installed, and providers of one are not found by the others: ${version} in node_modules/${name} for notes; 11.2.0 in ${LIBRARY}/node_modules/${name} for nestjs-clerk-mcp`,
          cure: cure(name),
        },
      ]);
    },
  );

  it('may not be two copies of one version', async () => {
    await install();
    await write(`${LIBRARY}/node_modules/@nestjs/core`, '12.5.1');
    expect(await check()).toMatchObject([{ status: 'failure' }]);
  });

  it('may not be a copy of Nest for another package of the application', async () => {
    await install({ '@nestjs/swagger': '*' });
    await write('node_modules/@nestjs/swagger', '12.0.0', { peerDependencies: NEST });
    expect(await check()).toMatchObject([{ status: 'ok' }]);
    await write('node_modules/@nestjs/swagger/node_modules/@nestjs/core', '12.0.1');
    expect(await check()).toMatchObject([
      {
        status: 'failure',
        message: expect.stringMatching(
          /12\.5\.1 in node_modules\/@nestjs\/core for notes, nestjs-clerk-mcp; 12\.0\.1 in \S+swagger\/node_modules\/@nestjs\/core for @nestjs\/swagger$/,
        ),
      },
    ]);
  });

  it('may not be a second copy of this package, which another package brings', async () => {
    await install({ plugin: '*' });
    await write('node_modules/plugin', '1.0.0', { dependencies: { 'nestjs-clerk-mcp': '*' } });
    await write('node_modules/plugin/node_modules/nestjs-clerk-mcp', '0.1.0');
    expect(await check()).toMatchObject([
      { status: 'failure', message: expect.stringContaining('0.1.0 in node_modules/plugin/') },
    ]);
  });

  it.each(['zod', 'reflect-metadata'])('had better not be two copies of %s', async (name) => {
    await install({ plugin: '*' });
    // What another package uses for itself does not matter.
    await write('node_modules/plugin', '1.0.0', { dependencies: { [name]: '*' } });
    await write(`node_modules/plugin/node_modules/${name}`, '0.0.1');
    expect(await check()).toMatchObject([{ status: 'ok' }]);
    await write(`${LIBRARY}/node_modules/${name}`, '0.0.2');
    expect(await check()).toMatchObject([
      { status: 'warning', message: expect.stringContaining('0.0.2'), cure: cure(name) },
    ]);
  });

  it('are found from a folder of the application, through links', async () => {
    await install();
    await mkdir(join(app, 'store'));
    await write('store/node_modules/nestjs-clerk-mcp', '0.2.0', { peerDependencies: NEST });
    await link('node_modules/@nestjs/core', 'store/node_modules/@nestjs/core');
    await rm(join(app, LIBRARY), { recursive: true });
    await link('store/node_modules/nestjs-clerk-mcp', LIBRARY);
    await mkdir(join(app, 'src'));
    const command = join(app, 'store/node_modules/nestjs-clerk-mcp/dist');
    expect(await checkPackages(join(app, 'src'), command)).toMatchObject([{ status: 'ok' }]);
    await write('store/node_modules/@nestjs/common', '12.5.0');
    expect(await checkPackages(join(app, 'src'), command)).toMatchObject([
      { status: 'failure', message: expect.stringContaining('in store/node_modules/@nestjs') },
    ]);
  });

  it('are those of the application where the command belongs to another copy', async () => {
    await install();
    await write('elsewhere/nestjs-clerk-mcp', '0.3.0', { peerDependencies: NEST });
    await write('elsewhere/nestjs-clerk-mcp/node_modules/@nestjs/core', '12.6.0');
    expect(await check('elsewhere/nestjs-clerk-mcp')).toEqual([
      {
        name: 'packages',
        status: 'warning',
        message: `This command belongs to nestjs-clerk-mcp 0.3.0 in ${app}/elsewhere/nestjs-clerk-mcp, and the application uses 0.2.0 in ${app}/${LIBRARY}`,
        cure: 'Run "npx nestjs-clerk-mcp doctor" in the folder of the application.',
      },
    ]);
  });

  it('are not checked where nothing is installed', async () => {
    await write('', '1.0.0', { dependencies: NEST });
    await write('elsewhere/nestjs-clerk-mcp', '0.3.0', { name: 'nestjs-clerk-mcp' });
    await rm(join(app, 'package.json'));
    await writeFile(join(app, 'package.json'), 'not JSON');
    expect(await check('elsewhere/nestjs-clerk-mcp')).toEqual([]);
  });
});

async function link(target: string, path: string): Promise<void> {
  await mkdir(dirname(join(app, path)), { recursive: true });
  await symlink(join(app, target), join(app, path));
}

#!/usr/bin/env node
// @ts-check
import { spawnSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const USAGE = `Usage: npm create nestjs-clerk-mcp FOLDER [-- options]

Creates a Nest application with an MCP server that Clerk protects.

  --express      use Express instead of Fastify
  --no-install   write the files and install nothing
  --help         print this text
  --version      print the version`;

/** A mistake of the user: its message is all that is printed. */
class UsageError extends Error {}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

/** @param {string[]} args @returns {Promise<number>} the exit code */
async function main(args) {
  const { values, positionals } = parse(args);
  const own = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
  if (values.help) return print(USAGE);
  if (values.version) return print(own.version);
  const [given, ...others] = positionals;
  if (given === undefined || others.length > 0) {
    throw new UsageError(`Name one folder for the application.\n\n${USAGE}`);
  }
  const folder = resolve(given);
  const name = packageName(basename(folder));
  await createFolder(folder, given);
  await copyTemplate(folder, values.express ? 'express' : 'fastify');
  await writeManifest(folder, name, own.version, values.express);
  const installed = values['no-install'] || install(folder);
  print(nextSteps(folder, given, values['no-install'] || !installed));
  return installed ? 0 : 1;
}

/** @param {string[]} args */
function parse(args) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        express: { type: 'boolean', default: false },
        'no-install': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
        version: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}

/** @param {string} folder name of the folder */
function packageName(folder) {
  if (/^[a-z0-9][a-z0-9._-]{0,99}$/.test(folder)) return folder;
  throw new UsageError(
    `The application gets the name of its folder, and ${JSON.stringify(folder)} is no name of a package. Use lower-case letters, digits and hyphens, such as my-server.`,
  );
}

/** @param {string} folder @param {string} given */
async function createFolder(folder, given) {
  try {
    await mkdir(folder, { recursive: true });
    if ((await readdir(folder)).length === 0) return;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`Cannot create the folder ${given}: ${reason}`);
  }
  throw new UsageError(`The folder ${given} is not empty. Name a new one.`);
}

/** @param {string} folder @param {'fastify' | 'express'} adapter */
async function copyTemplate(folder, adapter) {
  const template = join(import.meta.dirname, '../template');
  for (const part of ['base', adapter]) {
    await cp(join(template, part), folder, { recursive: true });
  }
  // npm leaves files with these names out of a package.
  await rename(join(folder, 'gitignore'), join(folder, '.gitignore'));
}

/** @param {string} folder @param {string} name @param {string} version @param {boolean} express */
async function writeManifest(folder, name, version, express) {
  const file = join(folder, 'package.json');
  const manifest = JSON.parse(await readFile(file, 'utf8'));
  manifest.name = name;
  manifest.dependencies['nestjs-clerk-mcp'] = `^${version}`;
  delete manifest.dependencies[`@nestjs/platform-${express ? 'fastify' : 'express'}`];
  await writeFile(file, `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Installs with the package manager that runs this program. @param {string} folder */
function install(folder) {
  const [, manager = 'npm'] =
    /^(npm|pnpm|yarn|bun)\//.exec(process.env.npm_config_user_agent ?? '') ?? [];
  print(`Installing the dependencies with ${manager} …`);
  const { status } = spawnSync(manager, ['install'], {
    cwd: folder,
    stdio: 'inherit',
    // npm is a script for the shell there.
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.stderr.write(`${manager} install failed, see above.\n`);
  return status === 0;
}

/** @param {string} folder @param {string} given @param {boolean} mustInstall */
function nextSteps(folder, given, mustInstall) {
  const steps = [
    ...(relative('.', folder) === '' ? [] : [`cd ${given}`]),
    ...(mustInstall ? ['npm install'] : []),
    'npm start      the MCP server, with a local Clerk emulator',
    'npm test       its tests',
  ];
  return ['', 'The application is ready. Next:', '', ...steps.map((step) => `  ${step}`), ''].join(
    '\n',
  );
}

/** @param {string} text */
function print(text) {
  process.stdout.write(`${text}\n`);
  return 0;
}

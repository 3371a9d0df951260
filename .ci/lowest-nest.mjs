// node .ci/lowest-nest.mjs [filter of spec files]: runs the tests on the lowest versions of Nest and of the
// other packages that package.json allows. The folder build/lowest-nest keeps the installation.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const LOWEST = join(ROOT, 'build/lowest-nest');

/** The ranges of these packages are promises to users: their lowest version is tested. */
const PROMISED = [
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/platform-express',
  '@nestjs/platform-fastify',
  '@nestjs/testing',
  '@nestjs/throttler',
  'fastify',
  'nestjs-cls',
  'reflect-metadata',
  'rxjs',
  'zod',
];

/** Packages of the tests that have one major version for each of Nest. */
const FOR_NEST_11 = {
  '@nestjs/apollo': '13.4.5',
  '@nestjs/config': '4.0.4',
  '@nestjs/graphql': '13.4.5',
  '@nestjs/mercurius': '13.4.5',
  '@nestjs/swagger': '11.4.6',
};

/** Tools that build, check or publish this repository: no test that runs here needs them. */
const TOOLS = [
  '@arethetypeswrong/cli',
  '@changesets/cli',
  '@modelcontextprotocol/conformance',
  '@nestjs/cli',
  '@stryker-mutator/core',
  '@stryker-mutator/vitest-runner',
  'oxlint',
  'prettier',
  'publint',
  'typedoc',
  'vitepress',
];

/** What the tests read. */
const COPIED = [
  'src',
  'test',
  'packages',
  'docs',
  'examples/demo-client',
  'explorer-assets',
  '.env.example',
  'README.md',
  'SECURITY.md',
  'tsconfig.json',
  'tsconfig.package.json',
  'vitest.common.ts',
  'vitest.config.ts',
  'vitest.express.config.ts',
];

/** Specs that do not run here, and why. */
const LEFT_OUT = {
  'test/app/service-logger.spec.ts': 'of the service, which has a Nest of its own',
  'test/hosts/loggers.spec.ts':
    'nestjs-pino takes operators from rxjs itself, which has them from 7.2 on',
  'test/emulator/**': 'the emulator and its tests import nothing of Nest',
  'test/schematics/**': 'of the DevKit of Angular',
  'test/explorer/explorer-assets.spec.ts': 'checks the manifest and the page that was built',
  'test/deploy/**': 'checks files of the repository, which are not copied',
  'test/docs/**': 'compares documents with the code: no version of Nest changes that',
  'test/repository.spec.ts': 'checks the files of the repository, which are not copied',
  'test/rooms.spec.ts': 'checks the imports of the sources',
};

/** What the adapter of Express changes most. Many other specs run on both adapters anyway. */
const ON_EXPRESS = ['test/clerk/http', 'test/hosts', 'test/mcp/http'];

const manifest = readJson(join(ROOT, 'package.json'));
const library = readJson(join(ROOT, 'packages/nestjs-clerk-mcp/package.json'));
const lock = readJson(join(ROOT, 'package-lock.json'));

install();
copySources();
process.exitCode = runAll() ? 0 : 1;

function install() {
  const wanted = lowestManifest();
  const key = createHash('sha256')
    .update(JSON.stringify([wanted, lock]))
    .digest('hex');
  const keyFile = join(LOWEST, 'installed.txt');
  if (existsSync(keyFile) && readFileSync(keyFile, 'utf8') === key) return;
  rmSync(LOWEST, { recursive: true, force: true });
  mkdirSync(LOWEST, { recursive: true });
  writeJson(join(LOWEST, 'package.json'), wanted);
  writeJson(join(LOWEST, 'package-lock.json'), lockWithout(wanted.devDependencies));
  if (!run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'])) {
    throw new Error('npm could not install the lowest versions. Its message is above.');
  }
  checkInstalled(wanted.devDependencies);
  writeFileSync(keyFile, key);
}

/** npm keeps the locked version of everything but what has another version here. */
function lockWithout(versions) {
  const packages = { ...lock.packages };
  for (const [name, version] of Object.entries(versions)) {
    const path = `node_modules/${name}`;
    if (packages[path]?.version !== version) delete packages[path];
  }
  return { ...lock, packages };
}

/** The manifest of this repository with exact versions: the lowest promised, or the locked one. */
function lowestManifest() {
  const ranges = {
    ...manifest.dependencies,
    ...manifest.optionalDependencies,
    ...library.dependencies,
    ...library.peerDependencies,
  };
  const devDependencies = {};
  for (const name of Object.keys({ ...ranges, ...manifest.devDependencies }).toSorted()) {
    if (TOOLS.includes(name)) continue;
    devDependencies[name] = PROMISED.includes(name)
      ? lowestOf(ranges[name], name)
      : (FOR_NEST_11[name] ?? lock.packages[`node_modules/${name}`].version);
  }
  const { name, version, type, engines } = manifest;
  return { name, version, private: true, type, engines, devDependencies };
}

/** The first version that a range names: the manifest writes the lowest one first. */
function lowestOf(range, name) {
  const [version] = /\d+\.\d+\.\d+/.exec(range ?? '') ?? [];
  if (version === undefined)
    throw new Error(`The manifest of the package has no version for ${name}: ${range}`);
  return version;
}

/** A package that is missing here would be taken from the repository's own node_modules. */
function checkInstalled(versions) {
  for (const [name, version] of Object.entries(versions)) {
    const installed = readJson(join(LOWEST, 'node_modules', name, 'package.json')).version;
    if (installed !== version) throw new Error(`${name} is ${installed} instead of ${version}.`);
  }
}

function copySources() {
  for (const path of COPIED) {
    rmSync(join(LOWEST, path), { recursive: true, force: true });
    cpSync(join(ROOT, path), join(LOWEST, path), { recursive: true });
  }
}

function runAll() {
  const filters = process.argv.slice(2);
  const excluded = Object.keys(LEFT_OUT).flatMap((glob) => ['--exclude', glob]);
  const vitest = (...args) => run('npx', ['vitest', 'run', ...args, ...excluded]);
  if (filters.length > 0) return vitest(...filters);
  const results = [
    run('npx', ['tsc', '-p', 'tsconfig.package.json', '--noEmit']),
    vitest(),
    vitest('--config', 'vitest.express.config.ts', ...ON_EXPRESS),
  ];
  return results.every(Boolean);
}

function run(command, args) {
  const { status } = spawnSync(command, args, {
    cwd: LOWEST,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  return status === 0;
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function writeJson(file, value) {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

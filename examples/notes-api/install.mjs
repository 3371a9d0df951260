// Packs the package as it would be published, and installs it into this example with the rest of the
// lock file. When the package has got other dependencies, the lock file is updated: commit it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

const HERE = import.meta.dirname;
const ROOT = resolve(HERE, '../..');
const PACKAGE = join(ROOT, 'packages/nestjs-clerk-mcp');
const BUILD = join(ROOT, 'build');
const LOCK = join(HERE, 'package-lock.json');
const ENTRY = 'node_modules/nestjs-clerk-mcp';
const QUIET = ['--no-audit', '--no-fund', '--loglevel=error'];

pack();
if (!isUpToDate()) update();
npm(['ci', ...QUIET], HERE);

function pack() {
  mkdirSync(BUILD, { recursive: true });
  const said = execFileSync('npm', ['pack', '--json', '--silent', `--pack-destination=${BUILD}`], {
    cwd: PACKAGE,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  const [{ filename }] = Object.values(JSON.parse(said));
  renameSync(join(BUILD, filename), join(BUILD, 'nestjs-clerk-mcp.tgz'));
}

function update() {
  process.stderr.write(
    'The package has other dependencies than its lock file says. Updating it.\n',
  );
  // npm reads the archive again only for packages that are neither locked nor installed.
  changeLock(({ packages }) => delete packages[ENTRY]);
  rmSync(join(HERE, 'node_modules'), { recursive: true, force: true });
  npm(['install', ...QUIET], HERE);
  // Each change of the package creates another archive.
  changeLock(({ packages }) => delete packages[ENTRY].integrity);
}

function changeLock(change) {
  const lock = readJson(LOCK);
  change(lock);
  writeFileSync(LOCK, `${JSON.stringify(lock, null, 2)}\n`);
}

/** npm trusts the lock file about the contents of an archive. */
function isUpToDate() {
  const manifest = readJson(join(PACKAGE, 'package.json'));
  const locked = readJson(LOCK).packages[ENTRY] ?? {};
  return ['dependencies', 'peerDependencies', 'peerDependenciesMeta'].every((field) =>
    isDeepStrictEqual(manifest[field], locked[field]),
  );
}

function npm(args, cwd) {
  execFileSync('npm', args, { cwd, stdio: 'inherit', shell: process.platform === 'win32' });
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

// Packs the package as it would be published, and installs it into this example with the rest of the
// lock file. `--update` writes the lock file anew, after a change of any dependency.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

const HERE = import.meta.dirname;
const ROOT = resolve(HERE, '../..');
const BUILD = join(ROOT, 'build');
const LOCK = join(HERE, 'package-lock.json');
const ENTRY = 'node_modules/nestjs-clerk-mcp';
const QUIET = ['--no-audit', '--no-fund', '--loglevel=error'];

pack();
if (process.argv.includes('--update')) update();
assertUpToDate();
npm(['ci', ...QUIET], HERE);

function pack() {
  mkdirSync(BUILD, { recursive: true });
  const said = execFileSync('npm', ['pack', '--json', '--silent', `--pack-destination=${BUILD}`], {
    cwd: ROOT,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  const [{ filename }] = Object.values(JSON.parse(said));
  renameSync(join(BUILD, filename), join(BUILD, 'nestjs-clerk-mcp.tgz'));
}

function update() {
  // npm looks into the archive again only for what is neither locked nor installed.
  changeLock(({ packages }) => delete packages[ENTRY]);
  rmSync(join(HERE, 'node_modules'), { recursive: true, force: true });
  npm(['install', ...QUIET], HERE);
  // Each change of the package makes another archive.
  changeLock(({ packages }) => delete packages[ENTRY].integrity);
}

function changeLock(change) {
  const lock = readJson(LOCK);
  change(lock);
  writeFileSync(LOCK, `${JSON.stringify(lock, null, 2)}\n`);
}

/** npm takes what a lock file says of an archive for what the archive says. */
function assertUpToDate() {
  const manifest = readJson(join(ROOT, 'package.json'));
  const locked = readJson(LOCK).packages[ENTRY] ?? {};
  for (const field of ['dependencies', 'peerDependencies', 'peerDependenciesMeta', 'bin']) {
    if (isDeepStrictEqual(manifest[field], locked[field])) continue;
    process.stderr.write(
      `${field} of the package are not those in examples/notes-api/package-lock.json.\n` +
        'Run: node examples/notes-api/install.mjs --update\n',
    );
    process.exit(1);
  }
}

function npm(args, cwd) {
  execFileSync('npm', args, { cwd, stdio: 'inherit', shell: process.platform === 'win32' });
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

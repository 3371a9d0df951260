// Puts what is published into this folder: the compiled library, the documentation and the licence.
import { execFileSync } from 'node:child_process';
import { cpSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const HERE = import.meta.dirname;
const ROOT = resolve(HERE, '../..');

for (const name of ['dist', 'docs', 'explorer-assets'])
  rmSync(join(HERE, name), { recursive: true, force: true });
for (const name of ['README.md', 'AGENTS.md', 'CHANGELOG.md', 'LICENSE', 'docs']) {
  cpSync(join(ROOT, name), join(HERE, name), { recursive: true, filter: isForReaders });
}
// The page of the explorer, built now: what lies there may be older than its sources.
execFileSync(process.execPath, [join(ROOT, 'explorer-ui/build.mjs')], { stdio: ['ignore', 2, 2] });
cpSync(join(ROOT, 'explorer-assets'), join(HERE, 'explorer-assets'), { recursive: true });
const tsc = createRequire(join(ROOT, 'package.json')).resolve('typescript/bin/tsc');
const run = (...command) => execFileSync(process.execPath, command, { stdio: ['ignore', 2, 2] });
run(tsc, '-p', join(ROOT, 'tsconfig.package.json'));
run(join(ROOT, 'packages/bundle.mjs'), join(HERE, 'dist'));
run(join(ROOT, 'docs/.vitepress/llms.mjs'), HERE, 'docs/');

/** The site is published elsewhere, and has the large pictures. */
function isForReaders(path) {
  if (path.endsWith('.vitepress')) return false;
  return !path.endsWith('.png') || statSync(path).size <= 100_000;
}

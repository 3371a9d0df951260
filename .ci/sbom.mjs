// node .ci/sbom.mjs: writes the bill of materials of the published package, in CycloneDX, to build/sbom. It names
// what the package depends on, in the versions that npm installs now, with what these need of Nest.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const SBOM = join(ROOT, 'build/sbom');
/** npm names the package by its folder. */
const FOLDER = join(SBOM, 'nestjs-clerk-mcp');

const { name, version, description, license, dependencies } = JSON.parse(
  readFileSync(join(ROOT, 'packages/nestjs-clerk-mcp/package.json'), 'utf8'),
);
rmSync(SBOM, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
const manifest = { name, version, description, license, dependencies };
writeFileSync(join(FOLDER, 'package.json'), JSON.stringify(manifest));
npm('install', '--package-lock-only', '--ignore-scripts', '--no-audit');
const sbom = npm('sbom', '--package-lock-only', '--sbom-format', 'cyclonedx', '--omit', 'dev');
writeFileSync(join(SBOM, `${name}-${version}.cdx.json`), sbom);

function npm(...args) {
  const { status, stdout, stderr } = spawnSync('npm', args, {
    cwd: FOLDER,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm ${args[0]} failed:\n${stderr}`);
  return stdout;
}

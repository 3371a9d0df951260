import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './packed.js';

/**
 * Installs the dependencies of a project, and these packages. What the cache of npm has is not fetched
 * again, and no package runs a script.
 */
export async function npmInstall(folder: string, packages: readonly string[] = []): Promise<void> {
  await run('npm', ['install', ...QUIETLY, ...packages], folder);
}

/** Changes package.json of a project. */
export async function editManifest(
  folder: string,
  edit: (manifest: Manifest) => void,
): Promise<void> {
  const file = join(folder, 'package.json');
  const manifest = JSON.parse(await readFile(file, 'utf8'));
  edit(manifest);
  await writeFile(file, JSON.stringify(manifest, null, 2));
}

export interface Manifest {
  readonly name: string;
  readonly scripts: Record<string, string>;
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
  jest?: Record<string, unknown>;
}

const QUIETLY = [
  '--prefer-offline',
  '--no-audit',
  '--no-fund',
  '--ignore-scripts',
  '--loglevel=error',
];

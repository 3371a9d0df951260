import { mkdir, readdir, realpath, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';
import manifest from '../../packages/nestjs-clerk-mcp/package.json' with { type: 'json' };
import { ROOT, run } from './packed.js';

/** The package in somebody's project. */
export interface InstalledPackage {
  /** The project. */
  readonly folder: string;
  /** The package in its `node_modules`. */
  readonly path: string;
}

/**
 * Unpacks the package into a new project, beside links to what it declares and to what else that
 * project has: an import that is not declared fails, and no network is needed.
 */
export async function installPacked(
  name: string,
  others: readonly string[] = [],
): Promise<InstalledPackage> {
  const { root, tarball } = inject('packed');
  const folder = join(root, name);
  const path = join(folder, 'node_modules', manifest.name);
  await mkdir(path, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', path, '--strip-components=1'], folder);
  for (const dependency of [...DECLARED, ...others]) {
    const link = join(folder, 'node_modules', dependency);
    await mkdir(dirname(link), { recursive: true });
    await symlink(await realpath(join(ROOT, 'node_modules', dependency)), link);
  }
  return { folder, path };
}

const OPTIONAL: ReadonlySet<string> = new Set(Object.keys(manifest.peerDependenciesMeta));

/** What is there in every project that has the package. */
const DECLARED = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).filter(
  (name) => !OPTIONAL.has(name),
);

/** The bytes of all files in a folder. */
export async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

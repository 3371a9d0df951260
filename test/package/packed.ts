import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import manifest from '../../package.json' with { type: 'json' };

export const ROOT = resolve(import.meta.dirname, '../..');

/** The package as `npm publish` would send it. */
export interface PackedPackage {
  /** The archive. */
  readonly tarball: string;
  /** Paths of the files in it. */
  readonly files: readonly string[];
  /** A folder for the test, removed with everything else. */
  folder(name: string): Promise<string>;
  remove(): Promise<void>;
}

/** Builds and packs a copy of the sources, so that a service that runs from `dist` goes on. */
export async function packPackage(): Promise<PackedPackage> {
  const root = await mkdtemp(join(await realpath(tmpdir()), 'package-'));
  const source = join(root, 'source');
  await mkdir(source);
  for (const name of SOURCES) {
    await cp(join(ROOT, name), join(source, name), { recursive: true });
  }
  await symlink(await realpath(join(ROOT, 'node_modules')), join(source, 'node_modules'));
  const { stdout } = await run('npm', ['pack', '--json', '--silent'], source);
  const [packed] = Object.values(JSON.parse(stdout) as Record<string, NpmPack>);
  if (packed === undefined) throw new Error(`npm pack said ${stdout}`);
  return {
    tarball: join(source, packed.filename),
    files: packed.files.map(({ path }) => path),
    folder: async (name) => {
      await mkdir(join(root, name));
      return join(root, name);
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/**
 * Unpacks the package into a folder, beside links to what it declares and to what else the consumer
 * has: an import that is not declared fails, and no network is needed.
 */
export async function installOffline(
  { tarball }: PackedPackage,
  folder: string,
  others: readonly string[] = [],
): Promise<void> {
  const target = join(folder, 'node_modules', manifest.name);
  await mkdir(target, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', target, '--strip-components=1'], folder);
  const { dependencies, peerDependencies } = manifest;
  for (const name of [...Object.keys({ ...dependencies, ...peerDependencies }), ...others]) {
    const link = join(folder, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(await realpath(join(ROOT, 'node_modules', name)), link);
  }
}

/** Runs a command to its end; a failure shows what it printed. */
export async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  try {
    return await promisify(execFile)(command, args, { cwd, env: { ...process.env, ...env } });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')}\n${stdout}\n${stderr}`, { cause: error });
  }
}

interface NpmPack {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

const SOURCES = [
  'src',
  'package.json',
  'tsconfig.json',
  'tsconfig.package.json',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
];

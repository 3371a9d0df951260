import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

export const ROOT = resolve(import.meta.dirname, '../..');

/** The package as `npm publish` would send it. */
export interface PackedPackage {
  /** Folder in which tests make theirs. */
  readonly root: string;
  /** The archive. */
  readonly tarball: string;
  /** Paths of the files in it. */
  readonly files: readonly string[];
  /** Of all files together. */
  readonly unpackedBytes: number;
}

declare module 'vitest' {
  interface ProvidedContext {
    packed: PackedPackage;
  }
}

/** Packs once for all the tests; they `inject('packed')`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const root = await mkdtemp(join(await realpath(tmpdir()), 'package-'));
  project.provide('packed', await packInto(root));
  return () => rm(root, { recursive: true, force: true });
}

/** Builds and packs a copy of the sources, so that a service that runs from `dist` goes on. */
async function packInto(root: string): Promise<PackedPackage> {
  const source = join(root, 'source');
  await mkdir(source);
  for (const name of SOURCES) {
    await cp(join(ROOT, name), join(source, name), { recursive: true });
  }
  await symlink(await realpath(join(ROOT, 'node_modules')), join(source, 'node_modules'));
  const folder = join(source, 'packages/nestjs-clerk-mcp');
  const { stdout } = await run('npm', ['pack', '--json', '--silent'], folder);
  const [packed] = Object.values(JSON.parse(stdout) as Record<string, NpmPack>);
  if (packed === undefined) throw new Error(`npm pack said ${stdout}`);
  return {
    root,
    tarball: join(folder, packed.filename),
    files: packed.files.map(({ path }) => path),
    unpackedBytes: packed.unpackedSize,
  };
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
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

const SOURCES = [
  'packages/nestjs-clerk-mcp',
  'packages/bundle.mjs',
  'explorer-ui',
  'docs',
  'src',
  'package.json',
  'tsconfig.json',
  'tsconfig.package.json',
  'README.md',
  'LICENSE',
  'AGENTS.md',
  'CHANGELOG.md',
];

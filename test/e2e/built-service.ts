import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The service as `npm run build` leaves it, in a folder of its own. */
export interface BuiltService {
  /** The working directory: there is no `.env` in it. */
  readonly cwd: string;
  readonly main: string;
  remove(): Promise<void>;
}

/** Compiles the service without checking its types, which is another test's business. */
export async function buildService(): Promise<BuiltService> {
  const cwd = await mkdtemp(join(await realpath(tmpdir()), 'service-'));
  const outDir = join(cwd, 'dist');
  const options = ['--noCheck', '--declaration', 'false', '--sourceMap', 'false'];
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  await promisify(execFile)(process.execPath, [tsc, '-p', ROOT, '--outDir', outDir, ...options]);
  await copyFile(join(ROOT, 'package.json'), join(cwd, 'package.json'));
  await symlink(await realpath(join(ROOT, 'node_modules')), join(cwd, 'node_modules'));
  const remove = () => rm(cwd, { recursive: true, force: true });
  return { cwd, main: join(outDir, 'main.js'), remove };
}

const ROOT = join(import.meta.dirname, '../..');

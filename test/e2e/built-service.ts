import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  chmod,
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';

/** The service as `npm run build` leaves it, in a folder of its own. */
export interface BuiltService {
  /** The working directory: there is no `.env` in it. */
  readonly cwd: string;
  readonly main: string;
  remove(): Promise<void>;
}

/** Compiles the service, file by file: types are another test's business. The files are joined as usual. */
export async function buildService(): Promise<BuiltService> {
  const files = sourcesOfService().fileNames;
  const compiled = await compileOnce([...files, BUNDLER], async (folder) => {
    await compile(files, (file) => join(folder, relative(SOURCES, file)));
    await promisify(execFile)(process.execPath, [BUNDLER, folder]);
  });
  const cwd = await createFolder();
  const dist = join(cwd, 'dist');
  await cp(compiled, dist, { recursive: true });
  return { cwd, main: join(dist, 'main.js'), remove: () => removeFolder(cwd) };
}

/**
 * Compiles a program that imports the sources of the service, at their paths.
 *
 * @param files paths from the root of the repository; the first one is the program
 */
export async function buildProgram(...files: [string, ...string[]]): Promise<BuiltService> {
  const all = [...sourcesOfService().fileNames, ...files.map((file) => join(ROOT, file))];
  const compiled = await compileOnce(all, (folder) =>
    compile(all, (file) => join(folder, relative(ROOT, file))),
  );
  const cwd = await createFolder();
  await cp(compiled, cwd, { recursive: true });
  const main = join(cwd, files[0].replace(/\.ts$/, '.js'));
  return { cwd, main, remove: () => removeFolder(cwd) };
}

/**
 * The folder that the files were compiled into, which the specs of all workers share: it is named by their
 * content, and by the compiler.
 *
 * @param compileInto fills an empty folder
 */
async function compileOnce(
  files: readonly string[],
  compileInto: (folder: string) => Promise<void>,
): Promise<string> {
  const digest = createHash('sha256');
  for (const file of [...files, join(ROOT, 'tsconfig.json'), join(ROOT, 'package-lock.json')]) {
    digest.update(`${file}\0`).update(await readFile(file));
  }
  const compiled = join(COMPILED, digest.digest('hex').slice(0, 32));
  if (existsSync(compiled)) return compiled;
  await mkdir(COMPILED, { recursive: true });
  await removeOutdated();
  const unfinished = await mkdtemp(`${compiled}-`);
  // The service may run as another user.
  await chmod(unfinished, 0o755);
  await compileInto(unfinished);
  // Another worker may have been faster.
  await rename(unfinished, compiled).catch(() => removeFolder(unfinished));
  return compiled;
}

async function removeOutdated(): Promise<void> {
  const yesterday = Date.now() - 24 * 60 * 60_000;
  for (const name of await readdir(COMPILED)) {
    const folder = join(COMPILED, name);
    // Another worker may have removed it.
    const found = await stat(folder).catch(() => undefined);
    if (found && found.mtimeMs < yesterday) await removeFolder(folder);
  }
}

async function createFolder(): Promise<string> {
  const cwd = await mkdtemp(join(await realpath(tmpdir()), 'service-'));
  await copyFile(join(ROOT, 'package.json'), join(cwd, 'package.json'));
  await symlink(await realpath(join(ROOT, 'node_modules')), join(cwd, 'node_modules'));
  // The page of the explorer, as `npm install` leaves it.
  await cp(join(ROOT, 'explorer-assets'), join(cwd, 'explorer-assets'), { recursive: true });
  return cwd;
}

function removeFolder(cwd: string): Promise<void> {
  return rm(cwd, { recursive: true, force: true });
}

function sourcesOfService(): ts.ParsedCommandLine {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  return ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
}

async function compile(files: readonly string[], at: (file: string) => string): Promise<void> {
  const { options } = sourcesOfService();
  const compilerOptions = { ...options, module: ts.ModuleKind.ESNext, sourceMap: false };
  for (const fileName of files) {
    const source = await readFile(fileName, 'utf8');
    const { outputText } = ts.transpileModule(source, { fileName, compilerOptions });
    const target = at(fileName).replace(/\.ts$/, '.js');
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, outputText);
  }
}

const ROOT = join(import.meta.dirname, '../..');
const SOURCES = join(ROOT, 'src');
const BUNDLER = join(ROOT, 'packages/bundle.mjs');
const COMPILED = join(ROOT, 'build/compiled');

import { execFile } from 'node:child_process';
import {
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rm,
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
  const cwd = await createFolder();
  const outDir = join(cwd, 'dist');
  await compile(sourcesOfService().fileNames, (file) => join(outDir, relative(SOURCES, file)));
  await promisify(execFile)(process.execPath, [join(ROOT, 'packages/bundle.mjs'), outDir]);
  return { cwd, main: join(outDir, 'main.js'), remove: () => removeFolder(cwd) };
}

/**
 * Compiles a program that imports the sources of the service, at their paths.
 *
 * @param files paths from the root of the repository; the first one is the program
 */
export async function buildProgram(...files: [string, ...string[]]): Promise<BuiltService> {
  const cwd = await createFolder();
  const at = (file: string): string => join(cwd, relative(ROOT, file));
  await compile([...sourcesOfService().fileNames, ...files.map((file) => join(ROOT, file))], at);
  const main = join(cwd, files[0].replace(/\.ts$/, '.js'));
  return { cwd, main, remove: () => removeFolder(cwd) };
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

import { execFile } from 'node:child_process';
import {
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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
  const cwd = await mkdtemp(join(await realpath(tmpdir()), 'service-'));
  const outDir = join(cwd, 'dist');
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const compilerOptions = { ...options, module: ts.ModuleKind.ESNext, sourceMap: false };
  for (const fileName of fileNames) {
    const source = await readFile(fileName, 'utf8');
    const { outputText } = ts.transpileModule(source, { fileName, compilerOptions });
    const target = join(outDir, fileName.slice(SOURCES.length).replace(/\.ts$/, '.js'));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, outputText);
  }
  await copyFile(join(ROOT, 'package.json'), join(cwd, 'package.json'));
  await symlink(await realpath(join(ROOT, 'node_modules')), join(cwd, 'node_modules'));
  await promisify(execFile)(process.execPath, [join(ROOT, 'packages/bundle.mjs'), outDir]);
  const remove = () => rm(cwd, { recursive: true, force: true });
  return { cwd, main: join(outDir, 'main.js'), remove };
}

const ROOT = join(import.meta.dirname, '../..');
const SOURCES = join(ROOT, 'src');

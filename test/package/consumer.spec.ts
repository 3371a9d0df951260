import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { installOffline, packPackage, type PackedPackage, ROOT, run } from './packed.js';

let packed: PackedPackage;

beforeAll(async () => {
  packed = await packPackage();
});
afterAll(() => packed.remove());

describe.each(['module', 'commonjs'] as const)('a consumer of type %s', (type) => {
  it('compiles, starts and answers a call', async () => {
    const folder = await consumer(type);
    await installOffline(packed, folder, TOOLS);
    expect(await answerOf(folder)).toEqual(ANSWER);
  });
});

it('type-checks with the resolution of bundlers', async () => {
  const folder = await consumer('module', { module: 'esnext', moduleResolution: 'bundler' });
  await installOffline(packed, folder, TOOLS);
  await compile(folder, '--noEmit');
});

// Those of @clerk/shared name packages that it does not depend on: every user of Clerk skips them.
it('has declarations that hold without skipLibCheck', async () => {
  const folder = await consumer('module', { target: 'es2023' });
  await installOffline(packed, folder, TOOLS);
  const said = await compile(folder, '--noEmit', '--skipLibCheck', 'false').then(() => '', String);
  const problems = said.split('\n').filter((line) => /error TS\d+/.test(line));
  expect(problems.filter((line) => !line.includes('@clerk/shared'))).toEqual([]);
});

it.each(['import', 'require'])(
  '%s of the main entry loads no emulator and no test kit',
  async (way) => {
    const folder = await packed.folder(`loaded-by-${way}`);
    await installOffline(packed, folder);
    const load = way === 'import' ? 'await import' : 'require';
    const script = `(async () => { ${load}('${manifest.name}') })()`;
    const coverage = join(folder, 'coverage');
    await run(process.execPath, ['-e', script], folder, { NODE_V8_COVERAGE: coverage });
    const loaded = await loadedFiles(coverage);
    expect(loaded.filter((file) => file.includes(`${manifest.name}/dist/mcp/`))).not.toEqual([]);
    expect(loaded.filter((file) => DEVELOPMENT.test(file))).toEqual([]);
  },
);

/** A project that uses the package, in a folder of its own. */
async function consumer(
  type: 'module' | 'commonjs',
  compilerOptions: Readonly<Record<string, string>> = {},
): Promise<string> {
  const folder = await packed.folder(`${type}-${Object.values(compilerOptions).join('-')}`);
  await cp(join(import.meta.dirname, 'consumer'), folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type }));
  const options = { ...COMPILER_OPTIONS, ...compilerOptions };
  const config = { compilerOptions: options, include: ['src'] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  return folder;
}

async function compile(folder: string, ...options: readonly string[]): Promise<void> {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  await run(process.execPath, [tsc, '-p', folder, ...options], folder);
}

async function answerOf(folder: string): Promise<unknown> {
  await compile(folder);
  const { stdout } = await run(process.execPath, ['dist/main.js'], folder);
  return JSON.parse(stdout);
}

/** Every file that a process with `NODE_V8_COVERAGE` has evaluated. */
async function loadedFiles(coverage: string): Promise<readonly string[]> {
  const files = new Set<string>();
  for (const name of await readdir(coverage)) {
    const { result } = JSON.parse(await readFile(join(coverage, name), 'utf8')) as Coverage;
    for (const { url } of result) if (url.startsWith('file:')) files.add(fileURLToPath(url));
  }
  return [...files];
}

interface Coverage {
  readonly result: readonly { readonly url: string }[];
}

/** What only the stand-in, the test kit and the command need. */
const DEVELOPMENT = /dist\/(clerk-emulator|testing|cli)\/|node_modules\/(jose|@nestjs\/testing)\//;

/** What a consumer has beside the package. */
const TOOLS = ['@types/node', 'typescript'];

const COMPILER_OPTIONS = {
  target: 'es2022',
  module: 'nodenext',
  strict: true,
  rootDir: 'src',
  outDir: 'dist',
  skipLibCheck: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  types: ['node'],
};

const ANSWER = expect.objectContaining({
  result: expect.objectContaining({
    structuredContent: { text: 'hello', author: expect.stringMatching(/./) },
  }),
});

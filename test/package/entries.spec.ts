import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import * as access from '../../src/access/index.js';
import * as emulator from '../../src/emulator/index.js';
import * as explorer from '../../src/explorer/index.js';
import * as extend from '../../src/extend.js';
import * as api from '../../src/index.js';
import * as testing from '../../src/testing/index.js';
import manifest from '../../packages/nestjs-clerk-mcp/package.json' with { type: 'json' };
import { type InstalledPackage, installPacked } from './installed.js';
import { run } from './packed.js';

const ENTRIES = [
  ['', api],
  ['/access', access],
  ['/extend', extend],
  ['/emulator', emulator],
  ['/explorer', explorer],
  ['/testing', testing],
] as const;

const WAYS = { import: 'await import', require: 'require' } as const;

describe.each(['import', 'require'] as const)('%s', (way) => {
  let installed: InstalledPackage;

  beforeAll(async () => {
    installed = await installPacked(`entries-by-${way}`, [
      '@nestjs/testing',
      '@modelcontextprotocol/client',
    ]);
  });

  it.each(ENTRIES)('of nestjs-clerk-mcp%s gives its exports', async (entry, source) => {
    const { stdout, stderr } = await evaluate(
      `const entry = ${WAYS[way]}('${manifest.name}${entry}');
       console.log(JSON.stringify(Object.keys(entry).filter((name) => name !== 'module.exports')));`,
    );
    expect(stderr).toBe('');
    expect(JSON.parse(stdout).toSorted()).toEqual(Object.keys(source).toSorted());
  });

  it('of the main entry loads neither the emulator nor the test kit', async () => {
    const coverage = join(installed.folder, 'coverage');
    await evaluate(`${WAYS[way]}('${manifest.name}')`, { NODE_V8_COVERAGE: coverage });
    const loaded = await evaluatedFiles(coverage);
    const own = loaded.filter((file) => file.startsWith(join(installed.path, 'dist')));
    const texts = await Promise.all(own.map((file) => readFile(file, 'utf8')));
    const modules = [...loaded, ...texts.flatMap(bundledModules)];
    expect(modules.filter((file) => file.includes('dist/mcp/')).length).toBeGreaterThan(100);
    expect(modules.filter((file) => DEVELOPMENT.test(file))).toEqual([]);
  });

  function evaluate(script: string, environment: Readonly<Record<string, string>> = {}) {
    const type = way === 'import' ? 'module' : 'commonjs';
    const options = [`--input-type=${type}`, '-e', script];
    return run(process.execPath, options, installed.folder, environment);
  }
});

/** Every file that a process with `NODE_V8_COVERAGE` has evaluated. */
async function evaluatedFiles(coverage: string): Promise<readonly string[]> {
  const files = new Set<string>();
  for (const name of await readdir(coverage)) {
    const { result } = JSON.parse(await readFile(join(coverage, name), 'utf8')) as Coverage;
    for (const { url } of result) if (url.startsWith('file:')) files.add(fileURLToPath(url));
  }
  return [...files];
}

/** The modules in a file of the package: a comment with its path is in front of each. */
function bundledModules(text: string): readonly string[] {
  return [...text.matchAll(/^\/\/ (\S+\.js)$/gm)].map(([, path = '']) => path);
}

interface Coverage {
  readonly result: readonly { readonly url: string }[];
}

/** What only the emulator, the test kit and the command need. */
const DEVELOPMENT =
  /dist\/(emulator|testing|cli)\/|node_modules\/(fastify|jose|@nestjs\/testing|@modelcontextprotocol\/client)\//;

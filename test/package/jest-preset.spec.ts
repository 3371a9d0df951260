import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { installPacked } from './installed.js';
import { run } from './packed.js';

describe('the preset of Jest', () => {
  it('uses ts-jest before @swc/jest', async () => {
    expect(await transformersOf('both', ['ts-jest', '@swc/jest'])).toMatch(/ts-jest.index\.js$/);
  });

  it('uses @swc/jest with the decorators of Nest', async () => {
    expect(await transformersOf('swc', ['@swc/jest'])).toEqual([
      expect.stringMatching(/@swc.jest.index\.js$/),
      expect.objectContaining({
        jsc: expect.objectContaining({
          transform: { legacyDecorator: true, decoratorMetadata: true },
        }),
      }),
    ]);
  });

  it('leaves its options to .swcrc', async () => {
    const folder = await projectWith('swcrc', ['@swc/jest']);
    await writeFile(join(folder, '.swcrc'), '{}');
    expect(await typescriptTransformer(folder)).toMatch(/@swc.jest.index\.js$/);
  });

  it('says what to install where neither is there', async () => {
    await expect(transformersOf('neither', [])).rejects.toThrow(
      'needs ts-jest or @swc/jest. Install one of them: npm install --save-dev ts-jest',
    );
  });

  it('compiles ES modules with import.meta and import(), and leaves CommonJS as it is', async () => {
    const folder = await projectWith('transform', ['ts-jest'], ['typescript']);
    const module = `import { sep } from 'node:path';
export const here = [import.meta.url, import.meta.filename, import.meta.dirname, sep];
export const later = () => import('node:os');`;
    const script = `
      const transformer = require('nestjs-clerk-mcp/jest/esm-to-commonjs');
      const { code } = transformer.process(${JSON.stringify(module)}, '/a/b.mjs');
      const exports = {};
      new Function('exports', 'require', '__filename', '__dirname', code)(exports, require, '/a/b.mjs', '/a');
      const same = transformer.process('module.exports = "import";', '/a/b.cjs').code;
      exports.later().then((os) => console.log(JSON.stringify([exports.here, typeof os.cpus, same])));`;
    const { stdout } = await run(
      process.execPath,
      [
        '-e',
        script.replace(
          'nestjs-clerk-mcp/jest/esm-to-commonjs',
          join(folder, 'node_modules/nestjs-clerk-mcp/jest/esm-to-commonjs.cjs'),
        ),
      ],
      folder,
    );
    expect(JSON.parse(stdout)).toEqual([
      ['file:///a/b.mjs', '/a/b.mjs', '/a', '/'],
      'function',
      'module.exports = "import";',
    ]);
  });
});

/** A project that has the package, and stubs of these packages. */
async function projectWith(name: string, stubs: readonly string[], others: readonly string[] = []) {
  const { folder } = await installPacked(`preset-${name}`, others);
  await writeFile(join(folder, 'package.json'), '{}');
  for (const stub of stubs) {
    await mkdir(join(folder, 'node_modules', stub), { recursive: true });
    await writeFile(join(folder, 'node_modules', stub, 'index.js'), '');
  }
  return folder;
}

async function transformersOf(name: string, stubs: readonly string[]): Promise<unknown> {
  return typescriptTransformer(await projectWith(name, stubs));
}

/** What the preset does with TypeScript, by the name that Jest resolves. */
async function typescriptTransformer(folder: string): Promise<unknown> {
  const script = `const { transform } = require('nestjs-clerk-mcp/jest/jest-preset');
    console.log(JSON.stringify(Object.entries(transform).find(([key]) => new RegExp(key).test('a.ts'))[1]));`;
  const { stdout } = await run(process.execPath, ['-e', script], folder);
  return JSON.parse(stdout);
}

import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type InstalledPackage, installPacked } from './installed.js';
import { ROOT, run } from './packed.js';

describe.each(['module', 'commonjs'] as const)('a consumer of type %s', (type) => {
  it('compiles, starts and answers a call', async () => {
    const { folder } = await consumer(type);
    await compile(folder);
    const { stdout } = await run(process.execPath, ['dist/main.js'], folder);
    expect(JSON.parse(stdout)).toEqual(ANSWER);
  });
});

it('runs on Express, where Fastify is not installed for Nest', async () => {
  const { folder } = await consumer('module', {}, 'consumer-express', '@nestjs/platform-express');
  await compile(folder);
  const { stdout, stderr } = await run(process.execPath, ['dist/main.js'], folder);
  expect(stderr).toBe('');
  const userId = expect.stringMatching(/^user_/);
  expect(JSON.parse(stdout)).toMatchObject({
    mine: { userId },
    anonymous: expect.stringMatching(/^Bearer resource_metadata="https:\/\/notes\.example\.com\//),
    open: { open: true },
    tool: { result: { content: [{ text: userId }] } },
    broken: { jsonrpc: '2.0', error: { code: -32700 } },
    metadata: { resource: 'https://notes.example.com/mcp' },
  });
});

// Those of @clerk/shared name packages that it does not depend on: its users skip the check of
// libraries, which is why ours are checked here.
it('has declarations that hold in a bundler, without skipLibCheck', async () => {
  const { folder } = await consumer('module', { module: 'esnext', moduleResolution: 'bundler' });
  const options = ['--noEmit', '--skipLibCheck', 'false'];
  const said = await compile(folder, ...options).then(() => '', String);
  const problems = said.split('\n').filter((line) => /error TS\d+/.test(line));
  expect(problems.filter((line) => !line.includes('@clerk/shared'))).toEqual([]);
});

/** A project that uses the package. */
async function consumer(
  type: 'module' | 'commonjs',
  compilerOptions: Readonly<Record<string, string>> = {},
  sources = 'consumer',
  adapter = '@nestjs/platform-fastify',
): Promise<InstalledPackage> {
  const name = [sources, type, ...Object.values(compilerOptions)].join('-');
  const installed = await installPacked(name, [adapter, '@types/node']);
  const { folder } = installed;
  await cp(join(import.meta.dirname, sources), folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type }));
  const options = { ...COMPILER_OPTIONS, ...compilerOptions };
  const config = { compilerOptions: options, include: ['src'] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  return installed;
}

async function compile(folder: string, ...options: readonly string[]): Promise<void> {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  await run(process.execPath, [tsc, '-p', folder, ...options], folder);
}

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

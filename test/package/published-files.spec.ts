import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { expect, inject, it } from 'vitest';
import manifest from '../../packages/nestjs-clerk-mcp/package.json' with { type: 'json' };
import { installPacked } from './installed.js';
import { ROOT, run } from './packed.js';

it('holds the library, and neither the service nor a source map', () => {
  const { files } = inject('packed');
  for (const entry of ENTRY_FILES) expect(files).toContain(entry);
  expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'CHANGELOG.md']));
  const unwanted = /\.map$|dist\/(main|app\.|config|demo)|^src|^test/;
  expect(files.filter((name) => unwanted.test(name))).toEqual([]);
});

it('passes publint', async () => {
  const { path } = await installPacked('publint');
  const { messages } = await publint({ pkgDir: path, strict: true, pack: false });
  expect(messages.map((message) => formatMessage(message, manifest))).toEqual([]);
});

// `require()` of an ES module is what every supported Node does, so that rule says nothing here.
// The exit code is the verdict; the text of the report depends on the terminal.
it('has the right types for nodenext and bundler', async () => {
  const attw = join(ROOT, 'node_modules/@arethetypeswrong/cli/dist/index.js');
  const options = ['--profile', 'node16', '--ignore-rules', 'cjs-resolves-to-esm'];
  const { tarball } = inject('packed');
  const { stdout } = await run(
    process.execPath,
    [attw, tarball, ...options, '--format=json'],
    ROOT,
  );
  const { analysis } = JSON.parse(stdout) as { analysis: { entrypoints: object } };
  expect(Object.keys(analysis.entrypoints)).toEqual(Object.keys(manifest.exports));
});

const ENTRY_FILES = Object.values(manifest.exports)
  .flatMap((entry) => (typeof entry === 'string' ? [entry] : [entry.types, entry.default]))
  .map((file) => file.slice('./'.length));

import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { installOffline, packPackage, type PackedPackage, ROOT, run } from './packed.js';

let packed: PackedPackage;

beforeAll(async () => {
  packed = await packPackage();
});
afterAll(() => packed.remove());

it('holds the library, and neither the service nor a source map', () => {
  const { files } = packed;
  for (const entry of ENTRY_FILES) expect(files).toContain(entry);
  expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'CHANGELOG.md']));
  expect(
    files.filter((name) => /\.map$|dist\/(main|app\.|config|demo)|^src|test\//.test(name)),
  ).toEqual([]);
});

it('passes publint', async () => {
  const folder = await packed.folder('publint');
  await installOffline(packed, folder);
  const pkgDir = join(folder, 'node_modules', manifest.name);
  const { messages } = await publint({ pkgDir, strict: true, pack: false });
  expect(messages.map((message) => formatMessage(message, manifest))).toEqual([]);
});

// `require()` of an ES module is what every supported Node does, so that rule says nothing here.
it('has the right types for nodenext and bundler', async () => {
  const attw = join(ROOT, 'node_modules/@arethetypeswrong/cli/dist/index.js');
  const options = ['--profile', 'node16', '--ignore-rules', 'cjs-resolves-to-esm', '--no-emoji'];
  const { stdout } = await run(process.execPath, [attw, packed.tarball, ...options], ROOT);
  expect(stdout.match(/bundler: OK/g)).toHaveLength(Object.keys(manifest.exports).length);
});

const ENTRY_FILES = Object.values(manifest.exports)
  .flatMap((entry) => (typeof entry === 'string' ? [entry] : [entry.types, entry.default]))
  .map((file) => file.slice('./'.length));

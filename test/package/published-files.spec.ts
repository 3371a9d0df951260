import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { describe, expect, inject, it } from 'vitest';
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

it('has the documentation without its site and without large pictures, 5 MB with all the rest', async () => {
  const { files, unpackedBytes } = inject('packed');
  const pages = (await readdir(join(ROOT, 'docs'))).filter((name) => name.endsWith('.md'));
  for (const page of pages) expect(files).toContain(`docs/${page}`);
  expect(files).toEqual(expect.arrayContaining(['AGENTS.md', 'llms.txt', 'llms-full.txt']));
  expect(files.filter((name) => name.includes('.vitepress'))).toEqual([]);
  const { path } = await installPacked('documentation');
  for (const picture of files.filter((name) => /\.(png|svg)$/.test(name))) {
    expect((await stat(join(path, picture))).size, picture).toBeLessThanOrEqual(100_000);
  }
  expect(unpackedBytes).toBeLessThan(5_000_000);
});

describe('relative links of the packed pages', () => {
  it('lead to packed files, or to what only the repository has', async () => {
    const { files } = inject('packed');
    const { path } = await installPacked('links');
    const pages = files.filter((name) =>
      /^((README|AGENTS)\.md|llms\.txt|docs\/.*\.md)$/.test(name),
    );
    expect(pages.length).toBeGreaterThan(50);
    for (const page of pages) {
      const text = await readFile(join(path, page), 'utf8');
      const links = [...text.matchAll(/\]\((?!\w+:)([^)#\s]+)[^)]*\)/g)].map(([, to = '']) => to);
      const targets = links.map((to) => join(dirname(page), to));
      expect(
        targets.filter((to) => !files.includes(to) && !IN_REPOSITORY.test(to)),
        page,
      ).toEqual([]);
    }
  });
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

/** npm resolves such links of the README to the repository. */
const IN_REPOSITORY =
  /^(ARCHITECTURE|CONTRIBUTING|SECURITY)\.md$|^(bench|deploy|examples|test)\/|^\.?(Dockerfile|compose\.yaml|env\.example)$|^docs\/explorer\/.*\.png$/;

const ENTRY_FILES = Object.values(manifest.exports)
  .flatMap((entry) => (typeof entry === 'string' ? [entry] : [entry.types, entry.default]))
  .map((file) => file.slice('./'.length));

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import manifest from '../../packages/nestjs-clerk-mcp/package.json' with { type: 'json' };
import { docsPage } from '../../src/docs/docs-page.js';
import { anchorsOf } from './pages.js';

const ROOT = resolve(import.meta.dirname, '../..');

const SOURCES = ['src', 'packages/nestjs-clerk-mcp/bin', 'packages/nestjs-clerk-mcp/schematics']
  .flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
      join(folder, file),
    ),
  )
  .filter((file) => /\.[jt]s$/.test(file));

/** A page that a message names, with the file that it is in. */
interface Mention {
  readonly file: string;
  readonly page: string;
  readonly anchor: string | undefined;
}

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

const ADDRESS = new RegExp(
  `${manifest.homepage.replaceAll('.', String.raw`\.`)}([\\w-]+)(?:#([\\w-]+))?`,
  'g',
);

/** The calls of `docsPage()`, and the addresses that are written out. */
const MENTIONS: readonly Mention[] = SOURCES.flatMap((file) => {
  const text = read(file);
  const calls = text.matchAll(/\bdocsPage\(\s*'([\w-]+)'(?:,\s*'([\w-]+)')?,?\s*\)/g);
  const addresses = text.matchAll(ADDRESS);
  return [...calls, ...addresses].map(([, page = '', anchor]) => ({ file, page, anchor }));
});

describe('the pages that messages name', () => {
  it('are at the homepage of the manifest', () => {
    expect(docsPage('limits', 'calls')).toBe(`${manifest.homepage}limits#calls`);
    expect(docsPage('limits')).toBe(`${manifest.homepage}limits`);
  });

  it.each(MENTIONS)('$file: $page $anchor exists', ({ page, anchor }) => {
    expect(existsSync(join(ROOT, `docs/${page}.md`))).toBe(true);
    if (anchor !== undefined) expect(anchorsOf(`docs/${page}.md`)).toContain(anchor);
  });

  it('are all found: docsPage() is called with texts alone', () => {
    const calls = SOURCES.filter((file) => !file.endsWith('docs-page.ts')).flatMap((file) =>
      [...read(file).matchAll(/\bdocsPage\(/g)].map(() => file),
    );
    const found = MENTIONS.filter(({ file }) => file.endsWith('.ts')).map(({ file }) => file);
    expect(calls.toSorted()).toEqual(found.toSorted());
    expect(calls.length).toBeGreaterThan(50);
  });

  it.each(SOURCES)(
    '%s names no page as a file, which users of the package do not look for',
    (file) => {
      const source = ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest);
      const texts: string[] = [];
      const visit = (node: ts.Node): void => {
        if (ts.isStringLiteralLike(node) || ts.isTemplateLiteralToken(node)) texts.push(node.text);
        ts.forEachChild(node, visit);
      };
      visit(source);
      expect(texts.filter((text) => /\bdocs\/[\w-]+\.md|README\.md/.test(text))).toEqual([]);
    },
  );
});

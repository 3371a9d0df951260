import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { githubSlug } from '../../docs/.vitepress/github-slug.js';
import sections from '../../docs/.vitepress/sections.json' with { type: 'json' };
import { anchorsOf, linksOf, PAGES, readPage } from './pages.js';

const NAMED = sections.flatMap(({ pages }) => pages);

describe('the sections of the site', () => {
  it('name each page of docs once, and no other', () => {
    const pages = readdirSync(join(import.meta.dirname, '../../docs'))
      .filter((name) => name.endsWith('.md') && name !== 'index.md')
      .map((name) => name.slice(0, -'.md'.length));
    expect(NAMED.toSorted()).toEqual(pages.toSorted());
  });

  it.each(NAMED)('%s.md begins with its heading', (page) => {
    expect(readPage(`docs/${page}.md`)).toMatch(/^# \S/);
  });
});

describe('links to anchors', () => {
  it.each(PAGES)('lead from %s to headings that exist', (page) => {
    const missing = linksOf(page).filter(({ file, anchor }) => {
      const target = file === '' ? page : join(dirname(page), file);
      return anchor !== '' && target.endsWith('.md') && !anchorsOf(target).includes(anchor);
    });
    expect(missing).toEqual([]);
  });
});

it.each([
  ['Node.js and packages', 'nodejs-and-packages'],
  ['fetch, headers & more', 'fetch-headers--more'],
  ['Über 100 % (an e-mail)', 'über-100--an-e-mail'],
  ['MCP_SIGN_IN', 'mcp_sign_in'],
])('GitHub gives the heading %s the anchor %s', (heading, anchor) => {
  expect(githubSlug(heading)).toBe(anchor);
});

import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { githubSlug } from '../../docs/.vitepress/github-slug.js';

const ROOT = resolve(import.meta.dirname, '../..');

/** The pages for users of the package and for people who change it, by their path from the root. */
export const PAGES: readonly string[] = ['.', 'docs'].flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);

export function readPage(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

/** The anchors of the headings of a page, as GitHub and the site give them. */
export function anchorsOf(page: string): readonly string[] {
  const headings = [...withoutCode(readPage(page)).matchAll(/^#+ (.+)$/gm)];
  const used = new Map<string, number>();
  return headings.map(([, heading = '']) => {
    const slug = githubSlug(textOf(heading));
    const before = used.get(slug) ?? 0;
    used.set(slug, before + 1);
    return before === 0 ? slug : `${slug}-${before}`;
  });
}

/** A link of a page to a file of this repository. */
export interface PageLink {
  /** Relative to the page; empty for the page itself. */
  readonly file: string;
  /** Empty for none. */
  readonly anchor: string;
}

export function linksOf(page: string): readonly PageLink[] {
  const links = withoutCode(readPage(page)).matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)/g);
  return [...links].map(([, file = '', anchor = '']) => ({ file, anchor }));
}

function withoutCode(text: string): string {
  return text.replace(/^ *```.*?^ *```$/gms, '');
}

function textOf(heading: string): string {
  return heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/[`*]/g, '');
}

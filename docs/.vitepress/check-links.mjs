// node docs/.vitepress/check-links.mjs SITE: fails if a link of a built page leads to no page or to no anchor, or if
// a page loads anything from another origin.
//
// VitePress checks links between its own pages, and neither anchors nor the pages of TypeDoc.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
const { homepage } = JSON.parse(
  readFileSync(join(ROOT, 'packages/nestjs-clerk-mcp/package.json'), 'utf8'),
);
const site = resolve(process.argv[2] ?? join(ROOT, 'build/site'));

const pages = new Map(
  readdirSync(site, { recursive: true })
    .filter((file) => file.endsWith('.html'))
    .map((file) => [join(site, file), readFileSync(join(site, file), 'utf8')]),
);
const anchors = new Map(
  [...pages].map(([file, html]) => [file, new Set(all(html, /\sid="([^"]+)"/g))]),
);
const problems = new Set();
let links = 0;
for (const [file, html] of pages) {
  for (const href of all(html, /<a\b[^>]*?\shref="([^"]+)"/g)) check(file, href);
  for (const url of all(html, /<(?:script|link|img|iframe)\b[^>]*?\s(?:src|href)="(\w+:[^"]+)"/g)) {
    if (!url.startsWith('data:')) problems.add(`${nameOf(file)} loads ${url}`);
  }
}
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.stdout.write(`${pages.size} pages, ${links} links, ${problems.size} problems\n`);
process.exitCode = problems.size > 0 || links === 0 ? 1 : 0;

function check(from, href) {
  const address = new URL(href.replaceAll('&amp;', '&'), new URL(nameOf(from), homepage));
  if (!address.href.startsWith(homepage)) return;
  links += 1;
  const target = fileOf(
    decodeURIComponent(address.pathname.slice(new URL(homepage).pathname.length)),
  );
  const anchor = decodeURIComponent(address.hash.slice(1));
  if (target === undefined) problems.add(`${nameOf(from)} links to ${href}, which does not exist`);
  else if (anchor && anchors.get(target)?.has(anchor) === false) {
    problems.add(`${nameOf(from)} links to ${href}, which has no such anchor`);
  }
}

/** The file that a static host answers with. */
function fileOf(path) {
  return [path, `${path}.html`, join(path, 'index.html')]
    .map((name) => join(site, name))
    .find((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
}

function nameOf(file) {
  return file.slice(site.length + 1);
}

function all(text, pattern) {
  return [...text.matchAll(pattern)].map(([, value]) => value);
}

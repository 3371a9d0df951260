// node docs/.vitepress/llms.mjs FOLDER [BASE]: writes llms.txt and llms-full.txt (https://llmstxt.org) into a folder:
// the list of the pages of the documentation by section, and all their text. BASE begins the links, by default the
// address of the site, which also gets the pages as Markdown.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
const manifest = readJson('packages/nestjs-clerk-mcp/package.json');
const [folder = '.', base = manifest.homepage] = process.argv.slice(2);

const sections = readJson('docs/.vitepress/sections.json').map(({ title, pages }) => ({
  title,
  pages: pages.map((name) => {
    const text = readFileSync(join(ROOT, 'docs', `${name}.md`), 'utf8');
    return { name, text, title: /^# (.+)$/m.exec(text)?.[1] ?? name };
  }),
}));

const list = sections.map(({ title, pages }) => {
  const lines = pages.map((page) => `- [${page.title}](${base}${page.name}.md)${about(page.text)}`);
  return `## ${title}\n\n${lines.join('\n')}\n`;
});
const head = `# ${manifest.name}\n\n> ${manifest.description}\n`;
writeFileSync(join(folder, 'llms.txt'), [head, ...list].join('\n'));

const all = sections.flatMap(({ pages }) => pages);
const texts = all.map(
  ({ name, text }) => `<!-- ${base}${name}.md -->\n\n${withNarrowTables(text)}`,
);
writeFileSync(join(folder, 'llms-full.txt'), [head, ...texts].join('\n'));

if (base === manifest.homepage) {
  for (const { name } of all) cpSync(join(ROOT, `docs/${name}.md`), join(folder, `${name}.md`));
}

/** The padding of tables is a quarter of all text. */
function withNarrowTables(text) {
  const narrow = (row) => row.replaceAll(/ {2,}/g, ' ').replaceAll(/-{4,}/g, '---');
  return text.replaceAll(/^\|.*$/gm, narrow);
}

/** The first sentence of a page that begins with a paragraph, which ends with a full stop. */
function about(text) {
  const [, body = ''] = /^# .+\n+(?:<!--.*-->\n+)?([^]*)$/m.exec(text) ?? [];
  const [paragraph = ''] = body.split(/\n\n/, 1);
  if (/^(```|[|#<])/.test(paragraph)) return '';
  const [sentence] = /^.+?\.(?=\s|$)/s.exec(paragraph) ?? [];
  if (sentence === undefined) return '';
  return `: ${sentence.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/\s+/g, ' ')}`;
}

function readJson(path) {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
}

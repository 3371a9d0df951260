import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import sections from '../../docs/.vitepress/sections.json' with { type: 'json' };
import manifest from '../../packages/nestjs-clerk-mcp/package.json' with { type: 'json' };

const SCRIPT = resolve(import.meta.dirname, '../../docs/.vitepress/llms.mjs');
const NAMES = sections.flatMap(({ pages }) => pages);

function write(...base: readonly string[]): { folder: string; list: string; text: string } {
  const folder = mkdtempSync(join(tmpdir(), 'llms-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  execFileSync(process.execPath, [SCRIPT, folder, ...base]);
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  return { folder, list: read('llms.txt'), text: read('llms-full.txt') };
}

it('llms.txt links each page of the site as Markdown, in the order of the sections', () => {
  const { folder, list } = write();
  const links = [...list.matchAll(/^- \[[^\]]+\]\(([^)]+)\)/gm)].map(([, to = '']) => to);
  expect(links).toEqual(NAMES.map((name) => `${manifest.homepage}${name}.md`));
  for (const name of NAMES) expect(existsSync(join(folder, `${name}.md`))).toBe(true);
  expect(list.match(/^## .+$/gm)).toEqual(sections.map(({ title }) => `## ${title}`));
});

it('llms.txt of the package links its files, and copies none', () => {
  const { folder, list } = write('docs/');
  for (const name of NAMES) expect(list).toContain(`](docs/${name}.md)`);
  expect(existsSync(join(folder, 'tools.md'))).toBe(false);
});

it('llms.txt says of most pages what they are about, in one sentence', () => {
  const about = [...write().list.matchAll(/^- \[.+?\)(?:: (.+))?$/gm)].map(([, text]) => text);
  const sentences = about.filter((text) => text !== undefined);
  expect(sentences.length).toBeGreaterThan(about.length * 0.8);
  for (const text of sentences) expect(text).toMatch(/^[A-Z`].+\.$/);
});

it('llms-full.txt has the whole text of each page, without the padding of tables', () => {
  const { text } = write();
  for (const name of NAMES) {
    const page = readFileSync(resolve(SCRIPT, `../../${name}.md`), 'utf8');
    const start = text.indexOf(`<!-- ${manifest.homepage}${name}.md -->\n`);
    const plain = (one: string) => one.replaceAll(/\s+|-{3,}/g, '');
    const own = plain(text.slice(start, start + page.length + 200));
    expect(own).toContain(plain(page));
  }
});

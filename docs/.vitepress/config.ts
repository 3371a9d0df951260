import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitepress';
import manifest from '../../packages/nestjs-clerk-mcp/package.json' with { type: 'json' };
import { githubSlug } from './github-slug.js';
import sections from './sections.json' with { type: 'json' };

const REPOSITORY = manifest.repository.url.replace(/^git\+|\.git$/g, '');
const API = { text: 'API', link: '/api/', target: '_self' };

const STYLE = [
  // Pictures with a light and a dark form.
  'html:not(.dark) img.dark, html.dark img.light { display: none }',
  'svg.diagram { max-width: 100%; height: auto }',
].join('\n');

export default defineConfig({
  title: manifest.name,
  description: manifest.description,
  lang: 'en',
  base: new URL(manifest.homepage).pathname,
  cleanUrls: true,
  outDir: '../build/site',
  cacheDir: '../build/vitepress',
  // TypeDoc writes these pages after VitePress. `check-links.mjs` checks the links to them.
  ignoreDeadLinks: [/^\/api\//],
  head: [['style', {}, STYLE]],
  markdown: {
    languageAlias: { caddyfile: 'nginx' },
    // Anchors are those of GitHub, so that a link works there, in the package and here.
    anchor: { slugify: githubSlug },
    config(md) {
      // A diagram follows the switch of the site between light and dark only as a part of the page.
      const image = md.renderer.rules.image;
      md.renderer.rules.image = (tokens, index, ...rest) => {
        const file = tokens[index]?.attrGet('src') ?? '';
        if (!/^(\.\/)?diagrams\/[\w-]+\.svg$/.test(file))
          return image?.(tokens, index, ...rest) ?? '';
        const svg = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
        return svg.replace('class="diagram"', 'class="diagram inline"').replaceAll(/\n\s*/g, '');
      };
      // Files outside of this folder are no pages.
      md.core.ruler.push('repository', ({ tokens }) => {
        for (const token of tokens.flatMap(({ children }) => children ?? [])) {
          const to = token.attrGet('href');
          if (to?.startsWith('../'))
            token.attrSet('href', `${REPOSITORY}/blob/main/${to.slice(3)}`);
        }
      });
    },
  },
  transformPageData: ({ filePath }) => {
    const text = readFileSync(new URL(`../${filePath}`, import.meta.url), 'utf8');
    // What a script writes is changed in the code.
    return { frontmatter: { editLink: !text.includes('<!-- Written by') } };
  },
  themeConfig: {
    nav: [{ text: 'Documentation', link: `/${sections[0]?.pages[0]}` }, API],
    sidebar: sections.map(({ title, pages }) => ({
      text: title,
      items: [
        ...pages.map((page) => ({ text: titleOf(page), link: `/${page}` })),
        ...(title === 'Reference' ? [API] : []),
      ],
    })),
    outline: [2, 3],
    search: { provider: 'local' },
    editLink: { pattern: `${REPOSITORY}/edit/main/docs/:path`, text: 'Edit this page' },
    socialLinks: [{ icon: 'github', link: REPOSITORY }],
  },
});

/** The heading of a page. */
function titleOf(page: string): string {
  const text = readFileSync(new URL(`../${page}.md`, import.meta.url), 'utf8');
  return /^# (.+)$/m.exec(text)?.[1] ?? page;
}

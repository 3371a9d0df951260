import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const EXAMPLE = join(import.meta.dirname, 'example');
const DOCS = join(import.meta.dirname, '../../docs');
const PAGES = readdirSync(DOCS)
  .filter((name) => /^testing.*\.md$/.test(name))
  .map((name) => readFileSync(join(DOCS, name), 'utf8'))
  .join('\n');

/** The code of the pages, by the file name in its first line. */
const SHOWN = new Map(
  [...PAGES.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => {
    const [, file = ''] = /^\/\/ (.+)\n/.exec(code) ?? [];
    return [file, code] as const;
  }),
);

const FILES = readdirSync(EXAMPLE, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.ts'),
);

it.each(FILES)('docs/testing*.md show %s as it is', (file) => {
  expect(SHOWN.get(file)).toBe(readFileSync(join(EXAMPLE, file), 'utf8'));
});

it('docs/testing*.md show nothing that is not run', () => {
  expect([...SHOWN.keys()].toSorted()).toEqual(FILES.toSorted());
});

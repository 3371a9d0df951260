import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const EXAMPLE = join(import.meta.dirname, 'example');
const PAGE = readFileSync(join(import.meta.dirname, '../../docs/testing.md'), 'utf8');

/** What the page shows, by the file that it says it is. */
const SHOWN = new Map(
  [...PAGE.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => {
    const [, file = ''] = /^\/\/ (.+)\n/.exec(code) ?? [];
    return [file, code] as const;
  }),
);

const FILES = readdirSync(EXAMPLE, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.ts'),
);

it.each(FILES)('docs/testing.md shows %s as it is', (file) => {
  expect(SHOWN.get(file)).toBe(readFileSync(join(EXAMPLE, file), 'utf8'));
});

it('docs/testing.md shows nothing that is not run', () => {
  expect([...SHOWN.keys()].toSorted()).toEqual(FILES.toSorted());
});

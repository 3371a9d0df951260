import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './packed.js';

/** Code that a page shows. */
export interface CodeBlock {
  readonly language: string;
  readonly code: string;
}

/** What a chapter of docs/testing-setup.md shows, in order. */
export function blocksOf(heading: string): readonly CodeBlock[] {
  const [, chapter = ''] = PAGE.split(`\n${heading}\n`);
  const [text = ''] = chapter.split(/\n##/);
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', code = '']) => ({
    language,
    code,
  }));
}

const PAGE = readFileSync(join(ROOT, 'docs/testing-setup.md'), 'utf8');

/** What the application of that page is made of, beside the package. */
export const EXAMPLE_PACKAGES = [
  '@modelcontextprotocol/client',
  '@nestjs/config',
  '@nestjs/platform-express',
  '@nestjs/platform-fastify',
  '@nestjs/testing',
  '@types/node',
] as const;

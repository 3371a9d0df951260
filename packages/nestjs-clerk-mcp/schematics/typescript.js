// @ts-check
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** @typedef {import('typescript')} TypeScript */

/**
 * The TypeScript of the project, else the one that the Nest CLI brings.
 *
 * @returns {TypeScript}
 */
export function loadTypescript() {
  const places = [join(process.cwd(), 'package.json'), process.argv[1], import.meta.filename];
  for (const place of places) {
    try {
      const typescript = createRequire(/** @type {string} */ (place))('typescript');
      if (typeof typescript.createSourceFile === 'function') return typescript;
    } catch {
      // It is not installed there.
    }
  }
  throw new Error(
    'TypeScript with its compiler API was not found; version 7 does not have it. Install it: npm install --save-dev typescript@6',
  );
}

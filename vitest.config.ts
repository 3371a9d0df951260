import { configDefaults, defineConfig } from 'vitest/config';
import { common } from './vitest.common.js';

export default defineConfig({
  // The examples of docs/testing.md import the package by its name.
  resolve: {
    alias: [
      { find: /^nestjs-clerk-mcp$/, replacement: source('index.ts') },
      { find: /^nestjs-clerk-mcp\/access$/, replacement: source('access/index.ts') },
      { find: /^nestjs-clerk-mcp\/extend$/, replacement: source('extend.ts') },
      { find: /^nestjs-clerk-mcp\/explorer$/, replacement: source('explorer/index.ts') },
      { find: /^nestjs-clerk-mcp\/redis$/, replacement: source('redis/index.ts') },
      { find: /^nestjs-clerk-mcp\/testing$/, replacement: source('testing/index.ts') },
      { find: /^nestjs-clerk-mcp\/testing\/vitest$/, replacement: source('testing/vitest.ts') },
    ],
  },
  test: {
    ...common,
    include: ['test/**/*.spec.ts'],
    exclude: [
      ...configDefaults.exclude,
      'test/clerk-openapi/**',
      'test/conformance/**',
      'test/explorer/browser/**',
      'test/nodes/**',
      'test/package/**',
    ],
  },
});

function source(file: string): string {
  return new URL(`src/${file}`, import.meta.url).pathname;
}

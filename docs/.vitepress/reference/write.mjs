// node docs/.vitepress/reference/write.mjs [--check]: writes the pages of the reference from the code, or fails if
// one of them is not what it would write.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runnerImport } from 'vite';

const ROOT = resolve(import.meta.dirname, '../../..');
const check = process.argv.includes('--check');
const { module } = await runnerImport(join(import.meta.dirname, 'pages.ts'), { root: ROOT });
for (const [path, write] of Object.entries(module.GENERATED)) {
  const text = write();
  const file = join(ROOT, path);
  if (!check) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    process.stderr.write(`${path} is out of date. Run: npm run docs:reference\n`);
    process.exitCode = 1;
  }
}

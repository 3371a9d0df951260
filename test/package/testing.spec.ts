import { readFileSync } from 'node:fs';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { type InstalledPackage, installPacked } from './installed.js';
import { blocksOf, EXAMPLE_PACKAGES } from './page.js';
import { ROOT, run } from './packed.js';

let project: InstalledPackage;
beforeAll(async () => {
  project = await installPacked('docs-testing', [...EXAMPLE_PACKAGES, 'vitest']);
  const { folder } = project;
  await cp(join(ROOT, 'test/testing/example'), folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const [config, tsconfig] = blocksOf('### vitest').filter(({ language }) => language !== 'sh');
  await writeFile(join(folder, 'vitest.config.ts'), config?.code ?? '');
  await writeFile(join(folder, 'tsconfig.json'), tsconfig?.code ?? '');
});

it('docs/testing-setup.md sets up a project whose specs compile', async () => {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  await run(process.execPath, [tsc, '-p', project.folder, '--noEmit'], project.folder);
});

it('docs/testing-setup.md sets up a project whose specs pass', async () => {
  const { folder } = project;
  const vitest = join(folder, 'node_modules/vitest/vitest.mjs');
  const report = join(folder, 'report.json');
  const options = ['run', '--reporter=json', `--outputFile=${report}`, '--testTimeout=60000'];
  await run(process.execPath, [vitest, ...options], folder, { CI: 'true' });
  const { numPassedTests, numTotalTests } = JSON.parse(readFileSync(report, 'utf8'));
  expect(numTotalTests).toBeGreaterThan(30);
  expect(numPassedTests).toBe(numTotalTests);
});

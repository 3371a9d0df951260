import { readFileSync } from 'node:fs';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { blocksOf, EXAMPLE_PACKAGES } from './page.js';
import { registryIsReachable } from './registry.js';
import { ROOT, run } from './packed.js';

const installed = { ...manifest.dependencies, ...manifest.devDependencies };

/** What a Nest application has, in the versions that the repository has. */
const APPLICATION = [...EXAMPLE_PACKAGES, 'typescript'] as const;

// Jest is no dependency of the repository: it comes from the registry, as for whoever follows the page.
it.skipIf(!(await registryIsReachable()))(
  'docs/testing.md sets up a project whose specs pass with Jest',
  async () => {
    const { root, tarball } = inject('packed');
    const folder = join(root, 'docs-testing-jest');
    await cp(join(ROOT, 'test/testing/example'), folder, { recursive: true });
    const chapter = blocksOf('### jest');
    const first = (wanted: string): string =>
      chapter.find(({ language }) => language === wanted)?.code ?? '';
    await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true }));
    await writeFile(join(folder, 'jest.config.js'), first('js'));
    await writeFile(join(folder, 'tsconfig.json'), first('json'));
    const versions = APPLICATION.map((name) => `${name}@${installed[name]}`);
    const quietly = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
    const named = first('sh').trim().split(' ').slice(3);
    // File snapshots are of vitest, as the page says, and `import.meta` is of ES modules.
    for (const name of ['contract', 'contract-without-runner']) {
      await rm(join(folder, `test/${name}.spec.ts`));
    }
    const names = await readdir(folder, { recursive: true });
    for (const name of names.filter((one) => /^(src|test)\/.*\.ts$/.test(one))) {
      const file = join(folder, name);
      await writeFile(file, asForJest(await readFile(file, 'utf8')));
    }
    await run('npm', ['install', ...quietly, tarball, ...versions, ...named], folder);
    const report = join(folder, 'report.json');
    const options = ['--json', `--outputFile=${report}`, '--testTimeout=60000', '--ci'];
    await run('npx', ['--no', '--', 'jest', ...options], folder);
    const { numPassedTests, numTotalTests } = JSON.parse(readFileSync(report, 'utf8'));
    expect(numTotalTests).toBeGreaterThan(30);
    expect(numPassedTests).toBe(numTotalTests);
  },
);

/** What the page says to change. */
function asForJest(source: string): string {
  return source
    .replaceAll(/^import .*'(vitest|nestjs-clerk-mcp\/testing\/vitest)';\n/gm, '')
    .replaceAll('vi.fn', 'jest.fn')
    .replaceAll(/(from '\.{1,2}\/[^']*)\.js'/g, "$1'");
}

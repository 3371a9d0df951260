import { readFileSync } from 'node:fs';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { blocksOf, EXAMPLE_PACKAGES } from './page.js';
import { npmInstall } from './npm.js';
import { registryIsReachable } from './registry.js';
import { ROOT, run } from './packed.js';

const installed = { ...manifest.dependencies, ...manifest.devDependencies };

/** How to start Node 24, whose Jest loads ES modules itself. It is a package of the registry as well. */
const NODE_24 = await nodeFrom24();

/** What a Nest application has, in the versions that the repository has. */
const APPLICATION = [...EXAMPLE_PACKAGES, 'typescript'] as const;

// Jest is no dependency of the repository: it comes from the registry, as for whoever follows the page.
describe.skipIf(!(await registryIsReachable()))('docs/testing-setup.md sets up Jest', () => {
  let folder: string;
  const chapter = blocksOf('### jest');
  const blocks = (wanted: string) =>
    chapter.filter(({ language }) => language === wanted).map(({ code }) => code);
  const [preset = '', native = ''] = blocks('js');

  beforeAll(async () => {
    const { root, tarball } = inject('packed');
    folder = join(root, 'docs-testing-jest');
    await cp(join(ROOT, 'test/testing/example'), folder, { recursive: true });
    await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true }));
    await writeFile(join(folder, 'tsconfig.json'), blocks('json')[0] ?? '');
    // File snapshots are of vitest, as the page says, and `import.meta` is of ES modules.
    for (const name of ['contract', 'contract-without-runner']) {
      await rm(join(folder, `test/${name}.spec.ts`));
    }
    const names = await readdir(folder, { recursive: true });
    for (const name of names.filter((one) => /^(src|test)\/.*\.ts$/.test(one))) {
      const file = join(folder, name);
      await writeFile(file, asForJest(await readFile(file, 'utf8')));
    }
    const versions = APPLICATION.map((name) => `${name}@${installed[name]}`);
    const named = (blocks('sh')[0] ?? '').trim().split(' ').slice(3);
    await npmInstall(folder, [tarball, ...versions, ...named]);
  });

  it('with the preset, on every Node', async () => {
    await passesWith(preset, [process.execPath]);
  });

  it.skipIf(NODE_24 === undefined)('without it, on Node 24', async () => {
    await passesWith(native, [...(NODE_24 ?? []), '--experimental-vm-modules']);
  });

  async function passesWith(config: string, [node = '', ...options]: readonly string[]) {
    await writeFile(join(folder, 'jest.config.js'), config);
    const report = join(folder, 'report.json');
    await rm(report, { force: true });
    const jest = ['node_modules/jest/bin/jest.js', '--json', `--outputFile=${report}`, '--ci'];
    await run(node, [...options, ...jest, '--testTimeout=60000'], folder);
    const { numPassedTests, numTotalTests } = JSON.parse(readFileSync(report, 'utf8'));
    expect(numTotalTests).toBeGreaterThan(30);
    expect(numPassedTests).toBe(numTotalTests);
  }
});

/** What the page says to change. */
function asForJest(source: string): string {
  return source
    .replaceAll(/^import .*'(vitest|nestjs-clerk-mcp\/testing\/vitest)';\n/gm, '')
    .replaceAll('vi.fn', 'jest.fn')
    .replaceAll(/(from '\.{1,2}\/[^']*)\.js'/g, "$1'");
}

async function nodeFrom24(): Promise<readonly string[] | undefined> {
  if (Number.parseInt(process.versions.node) >= 24) return [process.execPath];
  const command = ['npx', '--yes', '--prefer-offline', 'node@24'] as const;
  return run(command[0], [...command.slice(1), '--version'], '.').then(
    () => command,
    () => undefined,
  );
}

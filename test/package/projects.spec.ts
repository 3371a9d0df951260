import { cp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import manifest from '../../packages/nestjs-clerk-mcp/package.json' with { type: 'json' };
import { npmInstall } from './npm.js';
import { ROOT, run } from './packed.js';
import { registryIsReachable } from './registry.js';
import { callServed } from './served.js';

// Copies of what `nest new` of each CLI creates, without linters, with pinned versions.
describe.skipIf(!(await registryIsReachable())).each([
  { name: 'cli11', module: 'CommonJS', adapter: 'Express', runner: 'jest' },
  { name: 'cli12', module: 'ES modules', adapter: 'Fastify', runner: 'vitest' },
] as const)('a project of $name ($module, $adapter, $runner)', ({ name, runner }) => {
  let folder: string;
  const added: string[] = [];

  beforeAll(async () => {
    const { root, tarball } = inject('packed');
    folder = join(root, name);
    await cp(join(import.meta.dirname, 'projects', name), folder, { recursive: true });
    await npmInstall(folder, [tarball]);
    added.push(await nest('add', manifest.name, '--skip-install'));
    added.push(await nest('add', manifest.name, '--skip-install'));
    await nest('generate', 'module', 'hello');
    for (const args of ENTRIES) await nest('generate', '--collection', manifest.name, ...args);
  });

  it('gets its modules, variables and packages from nest add, once', async () => {
    const module = await text('src/app.module.ts');
    expect(
      module.match(
        /(ConfigModule|ClerkAuthModule|McpModule|McpExplorerModule)\.forRoot(Async)?\(/g,
      ),
    ).toEqual([
      'ConfigModule.forRoot(',
      'ClerkAuthModule.forRootAsync(',
      'McpModule.forRoot(',
      'McpExplorerModule.forRoot(',
    ]);
    expect(await text('.env')).toMatch(/^CLERK_SECRET_KEY=$/m);
    const { dependencies, devDependencies, jest } = JSON.parse(await text('package.json'));
    expect(Object.keys(dependencies)).toEqual(
      expect.arrayContaining(['@nestjs/config', 'nestjs-cls', 'zod']),
    );
    expect(Object.keys(devDependencies)).toContain('@modelcontextprotocol/client');
    expect(jest?.preset).toBe(runner === 'jest' ? 'nestjs-clerk-mcp/jest' : undefined);
    expect(added[0]).toContain('UPDATE');
    expect(added[1]).toContain('Nothing to be done');
  });

  it('adds a generated provider to the nearest module', async () => {
    expect(await text('src/hello/hello.module.ts')).toContain('providers: [SayHelloTool]');
    expect(await text('src/app.module.ts')).toContain('MembersPolicy');
  });

  it.each(['tsc', 'swc'])(
    'compiles with %s, starts, and answers the official client',
    async (by) => {
      await rm(join(folder, 'dist'), { recursive: true, force: true });
      await nest('build', '--builder', by);
      const tool = { name: 'sayHello', arguments: { text: 'Hi' } };
      const content = await callServed(folder, 'dist/main.js', tool);
      expect(content).toEqual([{ type: 'text', text: 'You wrote: Hi' }]);
    },
  );

  it('passes its unit tests and the generated ones', async () => {
    // One of the template, two for each generated provider.
    expect(await passedTests('test')).toBe(1 + 2 * ENTRIES.length);
  });

  it('passes its end-to-end tests', async () => {
    expect(await passedTests('test:e2e')).toBe(2);
  });

  it.runIf(runner === 'jest')('passes them with @swc/jest', async () => {
    const swc = { jsc: SWC, module: { type: 'commonjs' } };
    const transform = JSON.stringify({ '^.+\\.(t|j)s$': ['@swc/jest', swc] });
    expect(await passedTests('test:e2e', '--transform', transform)).toBe(2);
  });

  it.runIf(runner === 'jest')(
    'fails without the preset, with words of docs/troubleshooting.md',
    async () => {
      const { preset: _preset, ...jest } = JSON.parse(await text('package.json')).jest;
      const config = { ...jest, transform: { '^.+\\.(t|j)s$': 'ts-jest' } };
      const options = ['--no', '--', 'jest', '--config', JSON.stringify(config), 'notes.resource'];
      const said = await run('npx', options, folder).then(() => '', String);
      expect(said).toContain(MODULE_ERROR);
      expect(await readFile(join(ROOT, 'docs/troubleshooting.md'), 'utf8')).toContain(MODULE_ERROR);
    },
  );

  function nest(...args: readonly string[]): Promise<string> {
    const cli = join(folder, 'node_modules/@nestjs/cli/bin/nest.js');
    return run(process.execPath, [cli, ...args], folder).then(({ stdout }) => stdout);
  }

  function text(file: string): Promise<string> {
    return readFile(join(folder, file), 'utf8');
  }

  /** Runs tests of the project as its scripts do, and counts them. */
  async function passedTests(script: string, ...options: readonly string[]): Promise<number> {
    const report = join(folder, 'report.json');
    await rm(report, { force: true });
    const reporting = runner === 'jest' ? ['--json', '--ci'] : ['--reporter=json'];
    const all = [...reporting, `--outputFile=${report}`, '--testTimeout=60000', ...options];
    await run('npm', ['run', script, '--', ...all], folder, KEYS);
    const { numPassedTests, numTotalTests } = JSON.parse(await readFile(report, 'utf8'));
    expect(numPassedTests).toBe(numTotalTests);
    return numPassedTests;
  }
});

/** What Jest 30 says of an ES module. */
const MODULE_ERROR = 'Must use import to load ES Module: ';

const ENTRIES = [
  ['tool', 'hello/sayHello'],
  ['resource', 'notes'],
  ['prompt', 'sum-up', '--flat'],
  ['policy', 'members'],
];

/** For the tests of the template, which know nothing of Clerk. */
const KEYS = {
  CLERK_SECRET_KEY: 'sk_test_unused',
  CLERK_PUBLISHABLE_KEY: `pk_test_${Buffer.from('clerk.example.com$').toString('base64')}`,
};

const SWC = {
  target: 'es2022',
  parser: { syntax: 'typescript', decorators: true },
  transform: { legacyDecorator: true, decoratorMetadata: true },
};

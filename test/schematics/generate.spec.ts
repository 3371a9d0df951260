import { describe, expect, it } from 'vitest';
import { project, runSchematic, syntaxErrors, type Files } from './workspace.js';

const KINDS = ['tool', 'resource', 'prompt', 'policy'] as const;

const generate = (kind: string, name: string, options: object = {}, files: Files = project()) =>
  runSchematic(kind, { name, ...options }, files);

describe.each(KINDS)('nest g -c nestjs-clerk-mcp %s', (kind) => {
  const className = `SumUp${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;

  it('creates the provider and its test, and adds it to the module', async () => {
    const { created, text } = await generate(kind, 'sum-up');
    expect(created).toEqual([`src/sum-up/sum-up.${kind}.ts`, `src/sum-up/sum-up.${kind}.spec.ts`]);
    expect(created.flatMap((file) => syntaxErrors(text(file)))).toEqual([]);
    expect(text(created[0] ?? '')).toContain(`export class ${className}`);
    const module = text('src/app.module.ts');
    expect(module).toContain(`import { ${className} } from './sum-up/sum-up.${kind}.js';`);
    expect(module).toContain(`providers: [AppService, ${className}],`);
  });

  it('writes a test for the runner and the adapter of the project', async () => {
    const specOf = async (files: Files) => {
      const { text } = await generate(kind, 'sum-up', {}, files);
      return text(`src/sum-up/sum-up.${kind}.spec.ts`);
    };
    const jest = await specOf(project({ esm: false }));
    expect(jest).toContain(`from './sum-up.${kind}';`);
    expect(jest).not.toContain('vitest');
    const manifest = { type: 'module', devDependencies: { vitest: '4', jest: '30' } };
    const withFastify = { ...manifest, dependencies: { '@nestjs/platform-fastify': '12' } };
    const files = { 'package.json': JSON.stringify(withFastify) };
    const vitest = await specOf(project({ files }));
    expect(vitest).toContain("from 'vitest';");
    expect(vitest).not.toContain('platform-express');
    if (kind !== 'policy') expect(jest).toContain('adapter: new ExpressAdapter(),');
  });
});

describe('nest g -c nestjs-clerk-mcp', () => {
  it('adds to the nearest module above the folder', async () => {
    const module =
      "import { Module } from '@nestjs/common';\n\n@Module({})\nexport class CatsModule {}\n";
    const files = project({ files: { 'src/cats/cats.module.ts': module } });
    const { text } = await generate('tool', 'cats/pet/feedCat', {}, files);
    expect(text('src/cats/cats.module.ts')).toContain(
      "import { FeedCatTool } from './pet/feed-cat/feed-cat.tool.js';",
    );
    expect(text('src/app.module.ts')).toBe(files['src/app.module.ts']);
    expect(text('src/cats/pet/feed-cat/feed-cat.tool.ts')).toContain('feedCat({ text }');
  });

  it('heeds the options of the CLI', async () => {
    const options = { path: 'cats', flat: true, spec: false, skipImport: true };
    const { created, text } = await generate('tool', 'feed', options);
    expect(created).toEqual(['src/cats/feed.tool.ts']);
    expect(text('src/app.module.ts')).not.toContain('FeedTool');
    const { created: named } = await generate('tool', 'feed', {
      specFileSuffix: 'test',
      flat: true,
    });
    expect(named).toEqual(['src/feed.tool.ts', 'src/feed.tool.test.ts']);
  });

  it('reads the folder of the sources where the CLI does not name it', async () => {
    const module = project()['src/app.module.ts'] ?? '';
    const files = { 'nest-cli.json': '{ "sourceRoot": "apps/notes/src/" }' };
    const { created } = await generate(
      'tool',
      'feed',
      { sourceRoot: 'undefined', spec: false },
      {
        ...project({ files }),
        'apps/notes/src/app.module.ts': module,
      },
    );
    expect(created).toEqual(['apps/notes/src/feed/feed.tool.ts']);
  });

  it('warns where the project cannot run a test', async () => {
    const { created, messages } = await generate(
      'tool',
      'feed',
      {},
      {
        ...project(),
        'package.json': '{ "type": "module" }',
      },
    );
    expect(created).toEqual(['src/feed/feed.tool.ts']);
    expect(messages).toContainEqual(expect.stringContaining('neither vitest nor jest'));
    expect((await generate('tool', 'feed')).messages).toContainEqual(
      expect.stringContaining(
        'npm install --save-dev @nestjs/testing @modelcontextprotocol/client',
      ),
    );
  });

  describe('says what is wrong', () => {
    it.each(['', '9lives', 'a b!', 'feed;rm', '../feed', 'x'.repeat(61), 'cats//..'])(
      'the name %j',
      async (name) => {
        await expect(generate('tool', name)).rejects.toThrow(
          'is not a name. Write letters, digits',
        );
      },
    );

    it.each(['then', 'constructor', 'to-string', 'on-module-init'])(
      'the name %s, whose method something else calls',
      async (name) => {
        await expect(generate('tool', name)).rejects.toThrow('A provider cannot have the method');
      },
    );

    it('a file that exists', async () => {
      const { files } = await generate('tool', 'feed');
      await expect(generate('tool', 'feed', {}, files)).rejects.toThrow(
        'src/feed/feed.tool.ts exists already. Choose another name, or delete the file.',
      );
    });

    it('no module above the folder', async () => {
      const { 'src/app.module.ts': _module, ...files } = project();
      await expect(generate('tool', 'feed', {}, files)).rejects.toThrow(
        'There is no *.module.ts in src/feed or a folder above it. Create one with nest g module, or pass --skip-import.',
      );
    });

    it('a module without a literal', async () => {
      const module = '@Module(options)\nexport class AppModule {}\n';
      const files = project({ files: { 'src/app.module.ts': module } });
      await expect(generate('tool', 'feed', {}, files)).rejects.toThrow(
        'Write @Module({}), or add FeedTool to its providers by hand.',
      );
    });
  });
});

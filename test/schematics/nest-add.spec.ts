import { describe, expect, it } from 'vitest';
import { project, runSchematic, syntaxErrors, type Files } from './workspace.js';

const add = (files: Files, options: object = {}) =>
  runSchematic('nest-add', { skipDependencies: true, ...options }, files);

describe('nest add', () => {
  it('adds both modules to the root module', async () => {
    const { text } = await add(project());
    expect(text('src/app.module.ts')).toBe(APP_MODULE);
  });

  it('changes nothing the second time', async () => {
    const { files } = await add(project());
    expect((await add(files)).files).toEqual(files);
  });

  it('uses the ConfigModule that the application has', async () => {
    const module = `import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { TypeOrmModule } from '@nestjs/typeorm';

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true }), // first
    TypeOrmModule.forRoot(), // the database
  ],
})
export class AppModule {}
`;
    const { text } = await add(project({ files: { 'src/app.module.ts': module } }));
    const changed = text('src/app.module.ts');
    expect(changed.match(/ConfigModule\.forRoot\(/g)).toHaveLength(1);
    expect(changed).toContain("import { ConfigModule, ConfigService } from '@nestjs/config';");
    expect(changed).toContain('    TypeOrmModule.forRoot(), // the database\n    ClerkAuthModule.');
  });

  it.each([
    ['no list of imports', '@Module({ providers: [AppService] })'],
    ['an empty object', '@Module({})'],
    ['a list on one line', '@Module({ imports: [CatsModule, DogsModule] })'],
    ['a list without a comma at its end', '@Module({\n  imports: [\n    CatsModule\n  ],\n})'],
    ['options that begin on one line', '@Module({ imports: [CatsModule.forRoot({\n  a: 1,\n})] })'],
  ])('writes valid code into %s', async (_case, decorator) => {
    const { text } = await add(project({ files: { 'src/app.module.ts': moduleWith(decorator) } }));
    const changed = text('src/app.module.ts');
    expect(syntaxErrors(changed)).toEqual([]);
    for (const name of decorator.match(/\b(Cats|Dogs)Module|AppService/g) ?? []) {
      expect(changed.slice(changed.indexOf('@Module'))).toContain(name);
    }
    expect(changed).toMatch(
      /imports: \[[^]*McpModule\.forRoot\(\{[^]*\}\),\n[^\n]*McpExplorerModule\.forRoot\(\{\}\),\n {0,2}\]/,
    );
  });

  it('keeps the quotes and the line ends of the file', async () => {
    const windows = moduleWith('@Module({\n  imports: [],\n})')
      .replaceAll("'", '"')
      .replaceAll('\n', '\r\n');
    const { text } = await add(project({ files: { 'src/app.module.ts': windows } }));
    const changed = text('src/app.module.ts');
    expect(changed).toContain('} from "nestjs-clerk-mcp";');
    expect(changed.replaceAll('\r\n', '')).not.toContain('\n');
  });

  it('finds the module that main.ts starts', async () => {
    const { 'src/app.module.ts': module = '', 'src/main.ts': main = '', ...files } = project();
    const { text } = await add({
      ...files,
      'src/main.ts': main.replace('./app.module.js', './root/root.module.js'),
      'src/root/root.module.ts': module,
    });
    expect(text('src/root/root.module.ts')).toContain('McpModule.forRoot({');
  });

  it('names the server after the package, or as the option says', async () => {
    expect((await add(project())).text('src/app.module.ts')).toContain("name: 'notes'");
    const { text } = await add(project(), { serverName: "it's mine" });
    expect(text('src/app.module.ts')).toContain("name: 'it-s-mine'");
  });

  describe('.env', () => {
    it('gets the variables', async () => {
      const { text, messages } = await add(project());
      expect(text('.env').match(/^\w+=.*$/gm)).toEqual([
        'CLERK_SECRET_KEY=',
        'CLERK_PUBLISHABLE_KEY=',
        'CLERK_API_URL=',
        'PUBLIC_URL=http://localhost:3000',
      ]);
      expect(messages.join()).not.toContain('.gitignore');
    });

    it('keeps the lines that it has', async () => {
      const before = 'export CLERK_SECRET_KEY=sk_test_mine\nPUBLIC_URL=https://a.example.com';
      const { text } = await add(project({ files: { '.env': before } }));
      expect(text('.env').startsWith(`${before}\n`)).toBe(true);
      expect(text('.env').match(/CLERK_SECRET_KEY=|PUBLIC_URL=/g)).toHaveLength(2);
    });

    it('is missing in .gitignore: says so', async () => {
      const { messages } = await add(project({ files: { '.gitignore': 'dist\n' } }));
      expect(messages).toContainEqual(expect.stringContaining('.gitignore does not name .env'));
    });
  });

  it('warns about a module resolution that does not find the entry points', async () => {
    const old = { 'tsconfig.json': '{ "compilerOptions": { "module": "commonjs" } }' };
    const { messages } = await add(project({ files: old }));
    expect(messages).toContainEqual(expect.stringContaining('"moduleResolution" to "nodenext"'));
    expect((await add(project())).messages.join()).not.toContain('moduleResolution');
  });

  describe('says what is wrong', () => {
    it.each<[string, Files, object, string]>([
      ['no package.json', {}, {}, 'There is no package.json here.'],
      [
        'no root module',
        { 'package.json': '{}' },
        {},
        'There is no app.module.ts in src, and src/main.ts starts no module of this folder.',
      ],
      [
        'a module that does not exist',
        project(),
        { module: 'src/none.ts' },
        '--module names src/none.ts, which does not exist.',
      ],
      [
        'a file without a module',
        project({ files: { 'src/app.module.ts': 'export {};' } }),
        {},
        'src/app.module.ts has no class with @Module().',
      ],
      [
        'options in a variable',
        project({ files: { 'src/app.module.ts': moduleWith('@Module(options)') } }),
        {},
        '@Module() in src/app.module.ts has no object literal.',
      ],
      [
        'imports in a variable',
        project({ files: { 'src/app.module.ts': moduleWith('@Module({ imports: modules })') } }),
        {},
        'imports of @Module() in src/app.module.ts is not an array literal. Please add ConfigModule.forRoot() to its imports by hand.',
      ],
      [
        'another ConfigModule',
        project({
          files: {
            'src/app.module.ts': `import { ConfigModule } from './config.module.js';\n${moduleWith('@Module({})')}`,
          },
        }),
        {},
        'ConfigModule in src/app.module.ts comes from ./config.module.js, not from @nestjs/config.',
      ],
      [
        'a nest-cli.json that is no JSON',
        project({ files: { 'nest-cli.json': '{' } }),
        {},
        'nest-cli.json is not valid JSON.',
      ],
    ])('%s', async (_case, files, options, message) => {
      await expect(add(files, options)).rejects.toThrow(message);
    });
  });
});

function moduleWith(decorator: string): string {
  return `import { Module } from '@nestjs/common';\n\n${decorator}\nexport class AppModule {}\n`;
}

const APP_MODULE = `import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { ClerkAuthGuard, ClerkAuthModule, McpModule } from 'nestjs-clerk-mcp';
import { McpExplorerModule } from 'nestjs-clerk-mcp/explorer';
import { AppService } from './app.service.js';

@Module({
  imports: [
    ConfigModule.forRoot(),
    ClerkAuthModule.forRootAsync({
      imports: [ConfigModule],
      inject: [ConfigService],
      useFactory: (config: ConfigService) => ({
        secretKey: config.get<string>('CLERK_SECRET_KEY', ''),
        publishableKey: config.get<string>('CLERK_PUBLISHABLE_KEY'),
        apiURL: config.get<string>('CLERK_API_URL'),
        baseURL: config.get<string>('PUBLIC_URL', 'http://localhost:3000'),
      }),
    }),
    McpModule.forRoot({
      name: 'notes',
      version: '1.0.0',
      guards: [ClerkAuthGuard],
    }),
    McpExplorerModule.forRoot({}),
  ],
  providers: [AppService],
})
export class AppModule {}
`;

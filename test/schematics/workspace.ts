import { join, resolve } from 'node:path';
import { Tree } from '@angular-devkit/schematics';
import { SchematicTestRunner } from '@angular-devkit/schematics/testing/index.js';
import ts from 'typescript';

const COLLECTION = resolve(
  import.meta.dirname,
  '../../packages/nestjs-clerk-mcp/schematics/collection.json',
);

/** A project in memory, and what a schematic made of it. */
export interface Workspace {
  /** Text of a file; fails where there is none. */
  text(path: string): string;
  /** Files that the project did not have. */
  readonly created: readonly string[];
  /** Messages of the schematic. */
  readonly messages: readonly string[];
  /** The files, for another schematic. */
  readonly files: Files;
}

export type Files = Readonly<Record<string, string>>;

/** Runs a schematic of the package on files in memory. */
export async function runSchematic(
  name: string,
  options: object,
  files: Files,
): Promise<Workspace> {
  const runner = new SchematicTestRunner('nestjs-clerk-mcp', COLLECTION);
  const messages: string[] = [];
  runner.logger.subscribe(({ message }) => messages.push(message));
  const before = Tree.empty();
  for (const [path, text] of Object.entries(files)) before.create(path, text);
  const after = await runner.runSchematic(name, options, before);
  const all = Object.fromEntries(
    after.files.map((path) => [path.slice(1), after.readContent(path)] as const),
  );
  return {
    text: (path) => after.readText(join('/', path)),
    created: Object.keys(all).filter((path) => !(path in files)),
    messages,
    files: all,
  };
}

/** What `nest new` creates, as far as schematics read it. */
export function project(options: { readonly esm?: boolean; readonly files?: Files } = {}): Files {
  const { esm = true } = options;
  const end = esm ? '.js' : '';
  const manifest = {
    name: '@acme/notes',
    ...(esm && { type: 'module' }),
    dependencies: { '@nestjs/common': '^12.0.1', '@nestjs/platform-express': '^12.0.1' },
    devDependencies: esm ? { vitest: '^4.1.2' } : { jest: '^30.0.0' },
  };
  return {
    'package.json': JSON.stringify(manifest, null, 2),
    'nest-cli.json': '{ "sourceRoot": "src" }',
    'tsconfig.json': '{ "compilerOptions": { "module": "nodenext" } }',
    '.gitignore': 'node_modules\n.env\n',
    'src/main.ts': `import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module${end}';

const app = await NestFactory.create(AppModule);
await app.listen(3000);
`,
    'src/app.module.ts': `import { Module } from '@nestjs/common';
import { AppService } from './app.service${end}';

@Module({
  imports: [],
  providers: [AppService],
})
export class AppModule {}
`,
    ...options.files,
  };
}

/** What the parser of TypeScript says of a file. */
export function syntaxErrors(source: string): readonly string[] {
  const { diagnostics = [] } = ts.transpileModule(source, {
    reportDiagnostics: true,
    compilerOptions: { experimentalDecorators: true },
  });
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

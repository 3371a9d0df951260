import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');

const PAGES = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** The `ts` blocks of a page, by the name of a file that is not there, with the line of the page. */
function blocksOf(page: string): (readonly [file: string, code: string])[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const blocks = [...text.matchAll(/^```ts\n(.*?)^```$/gms)];
  // A block that says which file it is, is that file: what it imports is beside it.
  const isFragment = ([, code = '']: RegExpExecArray) => !/^\/\/ (src|test)\//.test(code);
  return blocks.filter(isFragment).map(({ index, 1: code = '' }) => {
    const line = text.slice(0, index).split('\n').length;
    return [join(ROOT, `${page}.${line}.ts`), `${code}\nexport {};\n`] as const;
  });
}

/** What the compiler says of these files, with this package under its published name. */
function problemsIn(files: ReadonlyMap<string, string>): string[] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  delete options.rootDir;
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.readFile = (name) => files.get(name) ?? readFile(name);
  const paths = {
    'nestjs-clerk-mcp': [join(ROOT, 'src/index.ts')],
    'nestjs-clerk-mcp/access': [join(ROOT, 'src/access/index.ts')],
    'nestjs-clerk-mcp/extend': [join(ROOT, 'src/extend.ts')],
    'nestjs-clerk-mcp/explorer': [join(ROOT, 'src/explorer/index.ts')],
    'nestjs-clerk-mcp/redis': [join(ROOT, 'src/redis/index.ts')],
    'nestjs-clerk-mcp/telemetry': [join(ROOT, 'src/telemetry/index.ts')],
    'nestjs-clerk-mcp/testing': [join(ROOT, 'src/testing/index.ts')],
    'nestjs-clerk-mcp/emulator': [join(ROOT, 'src/emulator/index.ts')],
  };
  const program = ts.createProgram(
    [...files.keys()],
    { ...options, paths, noEmit: true, noUnusedLocals: false, noUnusedParameters: false },
    host,
  );
  return [...files.keys()].flatMap((name) => {
    const file = program.getSourceFile(name);
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      ({ start, messageText }) => {
        const line = file?.getLineAndCharacterOfPosition(start ?? 0).line ?? 0;
        const page = name.slice(ROOT.length + 1).replace(/\.(\d+)\.ts$/, ':$1');
        return `${page} +${line + 1}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
      },
    );
  });
}

it('every block of code in the documentation compiles', () => {
  const blocks = PAGES.flatMap(blocksOf);
  expect(blocks.length).toBeGreaterThan(PAGES.length);
  expect(problemsIn(new Map(blocks))).toEqual([]);
});

it('a block that does not compile is found, with its page and line', () => {
  const name = join(ROOT, 'docs/none.md.7.ts');
  const code = "import { McpTool } from 'nestjs-clerk-mcp';\nMcpTool({ describe: 'x' });\n";
  expect(problemsIn(new Map([[name, code]]))).toEqual([
    expect.stringMatching(/^docs\/none\.md:7 \+2: /),
  ]);
});

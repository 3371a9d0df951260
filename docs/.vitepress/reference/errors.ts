import ts from 'typescript';
import { docOf, readText, SOURCES } from './declarations.js';
import { answersOverHttp, answersOfJsonRpc } from './answers.js';
import { code, page } from './markdown.js';
import { messagesOf } from './messages.js';

/** An error with a stable code. */
interface CodedError {
  readonly code: string;
  readonly name: string;
  readonly file: string;
  readonly text: string;
  readonly messages: readonly string[];
}

/** The folders of `src` in the order of the page. */
const ROOMS: Readonly<Record<string, string>> = {
  mcp: 'MCP servers',
  access: 'Access',
  clerk: 'Clerk',
  request: 'Requests',
  limits: 'Limits',
  audit: 'Audit',
  redis: 'Redis',
  backplane: 'Several nodes',
  health: 'Health',
  telemetry: 'Telemetry',
  explorer: 'The explorer',
  testing: 'Tests',
  emulator: 'The Clerk emulator',
  app: 'The service',
  cli: 'Commands',
};

/** @throws a code of a union has no error, or a folder has no place on the page */
export function errorsPage(): string {
  const errors = [...SOURCES].flatMap(([file, source]) => errorsOf(file, source));
  const known = new Set(errors.map((one) => one.code));
  const missing = codesOfUnions().filter((one) => !known.has(one));
  if (missing.length > 0) throw new Error(`No error has the code ${missing.join(', ')}.`);
  const homeless = errors.filter(({ file }) => ROOMS[roomOf(file)] === undefined);
  if (homeless.length > 0)
    throw new Error(`ROOMS does not name the folder of ${homeless[0]?.file}.`);
  return page(
    'Errors',
    'the `*.errors.ts` and the answers in `src`',
    'Each error of this package has a `code` that stays the same from version to version, while messages may change. A message says what happened and what to do; `{…}` stands for a value.',
    answersOverHttp(),
    answersOfJsonRpc(),
    ...Object.entries(ROOMS).flatMap(([room, heading]) => {
      const own = errors.filter(({ file }) => roomOf(file) === room);
      return [`## ${heading}`, ...own.toSorted(byCode).map(sectionOf)];
    }),
  );
}

function sectionOf({ code: name, name: type, text, messages, file }: CodedError): string {
  const entry = entryOf(type);
  const where = entry === undefined ? `${code(type)}.` : `${code(type)} of ${code(entry)}.`;
  const shapes = messages.map((message) => `\`\`\`text\n${message}\n\`\`\``);
  if (text === '') throw new Error(`${type} in ${file} has no description.`);
  return [`### ${name}`, `${text} ${where}`, ...shapes].join('\n\n');
}

function errorsOf(file: string, source: ts.SourceFile): readonly CodedError[] {
  return source.statements.filter(ts.isClassDeclaration).flatMap((type) => {
    const name = type.name?.text ?? '';
    const shared = { name, file, text: docOf(type) };
    const own = codeOf(type);
    if (own !== undefined) return [{ ...shared, code: own, messages: messagesOf(type) }];
    return tableOf(type, source).map(([one, message]) => ({
      ...shared,
      code: one,
      messages: [message],
    }));
  });
}

/** `readonly code = '…'` of a class. */
function codeOf(type: ts.ClassDeclaration): string | undefined {
  for (const member of type.members) {
    if (!ts.isPropertyDeclaration(member) || member.name.getText() !== 'code') continue;
    return /^'(\w+)'/.exec(member.initializer?.getText() ?? '')?.[1];
  }
  return undefined;
}

/** The codes of a class that takes its messages from a table of the same file. */
function tableOf(
  type: ts.ClassDeclaration,
  source: ts.SourceFile,
): readonly (readonly [code: string, message: string])[] {
  const declarations = source.statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => [...declarationList.declarations]);
  const table = declarations.find(
    ({ name }) =>
      name.getText().endsWith('_ERRORS') && type.getText().includes(`${name.getText()}[`),
  );
  if (!table) return [];
  const text = table.initializer?.getText() ?? '';
  const entries = text.matchAll(/^ {2}(\w+): \{\s*message:\s*(?:'((?:[^'\\]|\\.)*)'|"([^"]*)")/gm);
  return [...entries].map(([, name = '', single, double]) => [name, single ?? double ?? '']);
}

/** The members of every exported union of codes. */
function codesOfUnions(): readonly string[] {
  return [...SOURCES.values()].flatMap((source) =>
    source.statements
      .filter(ts.isTypeAliasDeclaration)
      .filter(({ name, modifiers }) => name.text.endsWith('ErrorCode') && modifiers !== undefined)
      .flatMap(({ type }) => [...type.getText().matchAll(/'(\w+)'/g)].map(([, one = '']) => one)),
  );
}

/** The import path whose entry exports a class. */
function entryOf(type: string): string | undefined {
  return Object.entries(ENTRIES).find(([, text]) => new RegExp(`\\b${type}\\b`).test(text))?.[0];
}

const ENTRIES: Readonly<Record<string, string>> = Object.fromEntries(
  ['', 'access', 'extend', 'redis', 'telemetry', 'explorer', 'testing', 'emulator'].map((entry) => [
    ['nestjs-clerk-mcp', entry].filter(Boolean).join('/'),
    readText(
      entry === '' || entry === 'extend' ? `src/${entry || 'index'}.ts` : `src/${entry}/index.ts`,
    ),
  ]),
);

function roomOf(file: string): string {
  return file.split('/')[1] ?? '';
}

function byCode(one: CodedError, other: CodedError): number {
  return one.code.localeCompare(other.code);
}

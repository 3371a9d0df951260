import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';

const ROOT = resolve(import.meta.dirname, '../../..');

/** A file of this repository, by its path from the root. */
export function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The parsed files of `src`, by their path from the root. */
export const SOURCES: ReadonlyMap<string, ts.SourceFile> = new Map(
  readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .map((file) => `src/${file.replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith('.ts'))
    .toSorted()
    .map((file) => [
      file,
      ts.createSourceFile(file, readText(file), ts.ScriptTarget.Latest, /* setParentNodes */ true),
    ]),
);

/** A member of an interface, for a row of a table. */
export interface Member {
  readonly name: string;
  readonly type: string;
  readonly optional: boolean;
  readonly text: string;
}

/** An interface, or an object type with a name. */
export interface Declaration {
  readonly text: string;
  readonly members: readonly Member[];
}

/**
 * @param name of the type; the first of `src` with this name
 * @throws a member has no JSDoc
 */
export function declarationOf(name: string): Declaration {
  const node = find(name, [...SOURCES.values()]);
  return { text: docOf(node), members: ownMembersOf(node) };
}

/** The members of a type with those of the types that it extends, which come first. */
export function allMembersOf(name: string): readonly Member[] {
  return inheritedAndOwn(find(name, [...SOURCES.values()]));
}

type TypeNode = ts.InterfaceDeclaration | ts.TypeAliasDeclaration;

function find(name: string, sources: readonly ts.SourceFile[]): TypeNode {
  for (const node of sources.flatMap(({ statements }) => statements)) {
    const isType = ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node);
    if (isType && node.name.text === name) return node;
  }
  throw new Error(`No file of src declares the type ${name}.`);
}

function inheritedAndOwn(node: TypeNode): readonly Member[] {
  const clauses = ts.isInterfaceDeclaration(node) ? (node.heritageClauses ?? []) : [];
  const inherited = clauses
    .flatMap(({ types }) => types)
    .flatMap((type) => {
      const [base, omitted] = /^Omit<(\w+), (.*)>$/.exec(type.getText())?.slice(1) ?? [
        type.getText(),
      ];
      const own = node.getSourceFile();
      const declared = find(base ?? '', [own, ...SOURCES.values()]);
      return inheritedAndOwn(declared).filter((one) => !omitted?.includes(`'${one.name}'`));
    });
  return [...inherited, ...ownMembersOf(node)];
}

/** The description in the JSDoc of a node, on one line, with links as code. */
export function docOf(node: ts.Node): string {
  const [doc] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc).slice(-1);
  const comment = ts.getTextOfJSDocComment(doc?.comment) ?? '';
  const byTag = doc?.tags?.find(({ tagName }) => tagName.text === 'default');
  const standard = ts.getTextOfJSDocComment(byTag?.comment);
  const text = standard === undefined ? comment : `${comment} Default: \`${standard}\`.`;
  return text
    .replaceAll(/\{@link (\w+)[^}]*\}/g, '`$1`')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function ownMembersOf(node: TypeNode): readonly Member[] {
  const members: Member[] = [];
  const visit = (child: ts.Node): void => {
    if (!ts.isPropertySignature(child)) return ts.forEachChild(child, visit);
    const name = child.name.getText();
    const text = docOf(child);
    if (text === '' && name !== 'type') throw new Error(`${node.name.text}.${name} has no JSDoc.`);
    const optional = child.questionToken !== undefined;
    members.push({ name, type: typeText(child.type), optional, text });
  };
  ts.forEachChild(node, visit);
  return members;
}

const printer = ts.createPrinter({ removeComments: true });

function typeText(type: ts.TypeNode | undefined): string {
  if (!type) return 'unknown';
  return printer
    .printNode(ts.EmitHint.Unspecified, type, type.getSourceFile())
    .replaceAll(/\s+/g, ' ')
    .replace(/^\| /, '')
    .replace(/ \| undefined$/, '');
}

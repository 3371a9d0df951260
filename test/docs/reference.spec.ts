import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { splitDefault } from '../../docs/.vitepress/reference/markdown.js';
import { messagesOf } from '../../docs/.vitepress/reference/messages.js';
import { GENERATED } from '../../docs/.vitepress/reference/pages.js';
import { PAGES, readPage } from './pages.js';

describe('the pages of the reference', () => {
  it.each(Object.entries(GENERATED))(
    '%s is what `npm run docs:reference` writes',
    (path, write) => {
      expect(readPage(path)).toBe(write());
    },
  );

  it('are all that say so of themselves', () => {
    const marked = PAGES.filter((page) => readPage(page).includes('<!-- Written by `npm run'));
    expect(marked.toSorted()).toEqual(Object.keys(GENERATED).toSorted());
  });
});

describe('the default of an option', () => {
  it.each([
    ['Entries of a page. Default: 100.', 'Entries of a page.', '100'],
    ['Origins. Default: those of `a.b`. More.', 'Origins. More.', 'those of `a.b`'],
    ['Kinds. Default `["x"]`.', 'Kinds.', '`["x"]`'],
    ['Default limits of each tool.', 'Default limits of each tool.', '–'],
  ])('of %j', (comment, text, standard) => {
    expect(splitDefault(comment)).toEqual({ text, standard });
  });
});

describe('the shapes of the message of an error', () => {
  it.each([
    ["super('It failed.')", ['It failed.']],
    ["super(`No ${one} in ${list.join(', ')}.`)", ['No {one} in {list}.']],
    ["super('a ' + (one ? 'b' : `c ${two.length}`))", ['a b', 'a c {two}']],
    ['super(`${JSON.stringify(url)} at ${request.path}`)', ['{url} at {path}']],
    ["const text = 'it'; super(`Not ${text}.`)", ['Not it.']],
    ['super(message)', []],
  ])('%s', (body, shapes) => {
    const text = `class Failure extends Error { constructor(message: string) { ${body}; } }`;
    const { statements } = ts.createSourceFile('failure.ts', text, ts.ScriptTarget.Latest, true);
    const [type] = statements.filter(ts.isClassDeclaration);
    expect(type && messagesOf(type)).toEqual(shapes);
  });
});

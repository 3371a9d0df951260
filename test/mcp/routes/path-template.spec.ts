import { describe, expect, it } from 'vitest';
import { compilePathTemplate } from '../../../src/mcp/routes/path-template.js';

const fill = (path: string, values: Record<string, string> = {}) =>
  compilePathTemplate(path)?.fill(new Map(Object.entries(values)));

describe('compilePathTemplate', () => {
  it.each([
    ['/notes', {}, '/notes'],
    ['/', {}, '/'],
    ['/notes/:id', { id: 'a b/c' }, '/notes/a%20b%2Fc'],
    ['/notes/:from-:to', { from: '1', to: '2' }, '/notes/1-2'],
    ['/notes/:id/v/:version', { id: '1', version: '2' }, '/notes/1/v/2'],
    ['/notes/:id(^\\d+$)', { id: '7' }, '/notes/7'],
    ['/notes{/:id}', { id: '7' }, '/notes/7'],
    ['/notes{/:id}', {}, '/notes'],
    ['/notes{/:id{/:part}}', { id: '7' }, '/notes/7'],
    ['/notes/:id?', {}, '/notes'],
    ['/notes/:id?', { id: '7' }, '/notes/7'],
    ['/:id?', {}, '/'],
    ['/files/*', { '*': 'a/b c' }, '/files/a/b%20c'],
    ['/files/*path', { path: 'a/b' }, '/files/a/b'],
    ['/files/{*path}', {}, '/files/'],
    ['/a\\:b', {}, '/a:b'],
    ['/a::b', {}, '/a:b'],
  ] as const)('%s with %o is %s', (path, values, filled) => {
    expect(fill(path, values)).toBe(filled);
  });

  it('has no path without a required parameter', () => {
    expect(fill('/notes/:id')).toBeUndefined();
    expect(fill('/notes{/:id/:part}', { id: '7' })).toBeUndefined();
  });

  it('tells which parameters there are', () => {
    expect(compilePathTemplate('/a/:b{/:c}/*d')?.parameters).toEqual([
      { name: 'b', isRequired: true, isWildcard: false },
      { name: 'c', isRequired: false, isWildcard: false },
      { name: 'd', isRequired: true, isWildcard: true },
    ]);
  });

  it.each([
    '/a+',
    '/a(b|c)',
    '/a{b',
    '/a}b',
    '/a[b]',
    '/:',
    `/${'{'.repeat(20)}a${'}'.repeat(20)}`,
  ])('refuses %s', (path) => {
    expect(compilePathTemplate(path)).toBeUndefined();
  });
});

import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { MAX_URI_LENGTH, UriPattern } from '../../../src/mcp/catalog/uri-pattern.js';

const match = (template: string, uri: string) => new UriPattern(template).match(uri);

describe('UriPattern', () => {
  it.each<[template: string, uri: string, variables: object]>([
    ['notes://{id}', 'notes://7', { id: '7' }],
    ['notes://{id}/raw', 'notes://7/raw', { id: '7' }],
    ['notes://{id}', 'notes://a%2Fb%20c', { id: 'a/b c' }],
    ['notes://{id}', 'notes://%C3%BC', { id: 'ü' }],
    ['mail://{address}', 'mail://a@b.c', { address: 'a@b.c' }],
    ['day://{year}-{month}', 'day://2026-11', { year: '2026', month: '11' }],
    ['day://{year}-{month}', 'day://2026-11-22', { year: '2026-11', month: '22' }],
    ['at://{x,y}', 'at://1,2', { x: '1', y: '2' }],
    ['file:///{+path}', 'file:///a/b.txt', { path: 'a/b.txt' }],
    ['repo://{+path}/at/{commit}', 'repo://a/at/b/at/c', { path: 'a/at/b', commit: 'c' }],
    ['file://{/path*}', 'file:///a/b%2Fc', { path: ['a', 'b/c'] }],
    ['tags://{tag*}', 'tags://a,b', { tag: ['a', 'b'] }],
    ['tags://{tag*}', 'tags://a', { tag: ['a'] }],
    ['file://{name}{.type}', 'file://a.txt', { name: 'a', type: 'txt' }],
    ['page://{name}{#part}', 'page://a#b/c', { name: 'a', part: 'b/c' }],
    ['m://{a}{;b}', 'm://1;b=2', { a: '1', b: '2' }],
    ['notes://find{?q,lang}', 'notes://find?q=a%26b&lang=de', { q: 'a&b', lang: 'de' }],
    ['notes://find{?q,lang}', 'notes://find?lang=de&q=a', { q: 'a', lang: 'de' }],
    ['notes://find{?q,lang}', 'notes://find?lang=de', { lang: 'de' }],
    ['notes://find{?q,lang}', 'notes://find', {}],
    ['notes://find{?q}', 'notes://find?q=', { q: '' }],
    ['notes://find{?q}', 'notes://find?q=a=b', { q: 'a=b' }],
    ['notes://find{?tag*}', 'notes://find?tag=a&tag=b', { tag: ['a', 'b'] }],
    ['notes://find?kind=note{&q}', 'notes://find?q=a&kind=note', { q: 'a' }],
    ['notes://find?q={q}', 'notes://find?q=a', { q: 'a' }],
  ])('matches %s with %s', (template, uri, variables) => {
    expect(match(template, uri)).toEqual(variables);
  });

  it.each<[template: string, uri: string, why: string]>([
    ['notes://{id}', 'notes://', 'an empty variable'],
    ['notes://{id}', 'notes://a/b', 'a segment too many'],
    ['notes://{id}', 'notes://a,b', 'a list where there is one value'],
    ['notes://{id}', 'notes://a?b=c', 'a query that nobody named'],
    ['notes://{id}', 'other://a', 'another scheme'],
    ['notes://{id}', 'notes://%', 'a percent sign alone'],
    ['notes://{id}', 'notes://%zz', 'no hexadecimal digits'],
    ['notes://{id}', 'notes://%ff', 'no UTF-8'],
    ['notes://{id*}', 'notes://a,%ff', 'no UTF-8 in a list'],
    ['notes://find{?q}', 'notes://find?q=%ff', 'no UTF-8 in the query'],
    ['notes://find{?q}', 'notes://find?q', 'a name without a value'],
    ['notes://find{?q}', 'notes://find?q=a&q=b', 'a variable that is there twice'],
    ['notes://find{?q}', 'notes://find?q=a&r=b', 'a variable that nobody named'],
    ['notes://find{?q}', 'notes://find?constructor=a', 'a name that every object has'],
    ['notes://find?kind=note{&q}', 'notes://find?q=a', 'a fixed pair that is missing'],
    ['a.b://{id}', 'aXb://1', 'a dot that is no wildcard'],
  ])('does not match %s with %s: %s', (template, uri) => {
    expect(match(template, uri)).toBeUndefined();
  });

  it('does not look at what is too long', () => {
    const longest = 'x'.repeat(MAX_URI_LENGTH - 'notes://'.length);
    expect(match('notes://{id}', `notes://${longest}`)).toEqual({ id: longest });
    expect(match('notes://{id}', `notes://${longest}x`)).toBeUndefined();
  });

  it('names no variable of its own: one called __proto__ is a variable like any other', () => {
    const found = match('x://{__proto__}', 'x://1');
    expect(Object.entries(found ?? {})).toEqual([['__proto__', '1']]);
    expect(Object.getPrototypeOf(found)).toBe(Object.prototype);
  });

  it('looks at no character more often than the template has pieces', () => {
    // With backtracking, four variables over these URIs take 10^14 steps: the test would not end.
    const dashes = '-'.repeat(MAX_URI_LENGTH - 10);
    expect(match('day://{a}-{b}-{c}-{d}', `day://${dashes}/`)).toBeUndefined();
    expect(match('file:///{+a}{+b}{+c}{+d}!', `file:///${dashes}`)).toBeUndefined();
    expect(match('x://{a*}{b*}{c*}{d*}!', `x://${dashes}`)).toBeUndefined();
  });

  it('tells by its literals that a long URI does not match, before it looks at every position', () => {
    const uri = `notes://${'x'.repeat(MAX_URI_LENGTH - 20)}/a/b/last`;
    const last = new UriPattern('notes://{a}/{b}/{c}/last');
    const others = Array.from(
      { length: 50 },
      (_, n) => new UriPattern(`notes://{a}/{b}/{c}/k${n}`),
    );
    const tables = countTables();
    for (const other of others) expect(other.match(uri)).toBeUndefined();
    expect(tables.made).toBe(0);
    expect(last.match(uri)).toMatchObject({ b: 'a', c: 'b' });
    expect(tables.made).toBeGreaterThan(0);
  });

  it.each(['notes://{id', 'notes://id}', 'notes://{}', 'notes://{ id }', 'notes://{{id}}'])(
    'refuses the malformed template %s',
    (template) => {
      expect(() => new UriPattern(template)).toThrow(SyntaxError);
    },
  );

  it.each(['x://{id}/{id}', 'x://{id}{?id}', 'x://{a:3}', 'x://{?q}/{id}', 'x://{;a*}'])(
    'refuses %s, whose variables cannot be told from a URI',
    (template) => {
      expect(() => new UriPattern(template)).toThrow(SyntaxError);
    },
  );
});

/** Counts the tables of positions, which are what a match takes its time for. */
function countTables(): { made: number } {
  const tables = { made: 0 };
  const Table = class extends Uint8Array {
    constructor(length: number) {
      super(length);
      tables.made += 1;
    }
  };
  vi.stubGlobal('Uint8Array', Table);
  onTestFinished(() => void vi.unstubAllGlobals());
  return tables;
}

import { array, assert, constantFrom, property, string } from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { normalizeTemplate, normalizeUri } from '../../../src/mcp/protocol/normalize-uri.js';
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
    ['page://{name}#part-{n}', 'page://a#part-7', { name: 'a', n: '7' }],
    ['page://{name}#end', 'page://a#end', { name: 'a' }],
    ['page://{+path}{#part}', 'page://a/b?c#d#e', { path: 'a/b?c', part: 'd#e' }],
    ['notes://find{?q}{#part}', 'notes://find?q=a#b?c', { q: 'a', part: 'b?c' }],
    ['notes://find{?q}{#part}', 'notes://find#b', { part: 'b' }],
    ['notes://find?kind=note{&q}#end', 'notes://find?q=a&kind=note#end', { q: 'a' }],
    ['notes://find{?q}', 'notes://find?q=a%23b', { q: 'a#b' }],
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
    ['notes://find{?q}', 'notes://find?q=a#b', 'a fragment behind the query'],
    ['notes://find{?tag*}', 'notes://find?tag=a#b', 'a fragment behind a list'],
    ['notes://find?kind=note{&q}', 'notes://find?q=a&kind=note#b', 'a fragment behind a pair'],
    ['notes://find{?q}', 'notes://find#b?q=a', 'a query within a fragment'],
    ['file:///{+path}', 'file:///a#b', 'a fragment behind the path'],
    ['file://{/path*}', 'file:///a#', 'an empty fragment'],
    ['notes://{id}', 'notes://a#b', 'a fragment behind a variable'],
    ['page://{name}{#part}', 'page://a', 'no fragment'],
    ['page://{name}#end', 'page://a#ends', 'another fragment'],
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

describe('a template in its normal form', () => {
  /** The normal form of a path has no segments `.` and `..`. */
  const values = string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).filter(
    (value) => !/^\.\.?$|\p{Surrogate}/u.test(value),
  );
  /** Text that templates may have: letters of any script, spaces, and what is encoded. */
  const literal = array(
    constantFrom('a', 'B', '7', 'é', 'ß', '日', '😀', ' ', '-', '%C3%A9', '~'),
    {
      minLength: 1,
      maxLength: 6,
    },
  ).map((parts) => parts.join(''));
  const spellings = constantFrom(
    (text: string) => text,
    encodeURI,
    (text: string) =>
      encodeURI(decodeURI(text)).replace(/%[\dA-F]{2}/g, (one) => one.toLowerCase()),
    decodeURI,
  );

  it('matches every spelling of its text, and decodes values once', () => {
    assert(
      property(literal, literal, values, values, spellings, (one, other, id, q, spell) => {
        const template = `notes://host/${one}/{id}/${other}{?q}`;
        const [first, last] = [one, other].map((text) => spell(decodeURI(text)));
        const [path, query] = [id, q].map(encodeURIComponent);
        const uri = `notes://host/${first}/${path}/${last}?q=${query}`;
        const pattern = new UriPattern(normalizeTemplate(template));
        expect(pattern.match(normalizeUri(uri))).toEqual({ id, q });
        expect(pattern.match(normalizeUri(`${uri}#${query}`))).toBeUndefined();
      }),
    );
  });

  it('lets no variable have a part of a fragment', () => {
    const templates = [
      'x://{a}',
      'x://{+a}',
      'x://h{/a*}',
      'x://h{?a}',
      'x://h?b=1{&a}',
      'x://h{;a}',
    ];
    const text = string({ unit: constantFrom(...'ab#?/=&;,:%23') });
    assert(
      property(constantFrom(...templates), text, (template, rest) => {
        for (const uri of [`x://${rest}`, `x://h${rest}`, `x://h?a=${rest}`]) {
          const found = new UriPattern(template).match(uri);
          if (uri.includes('#')) expect(found).toBeUndefined();
        }
      }),
    );
  });
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

import { describe, expect, it } from 'vitest';
import { Pages } from '../../../src/mcp/protocol/pages.js';

const entries = (...keys: string[]) => keys.toSorted().map((key) => ({ key }));
const LETTERS = entries(...'abcdefg');
const secret = new Uint8Array(32).fill(7);

describe.each([
  ['without a secret', undefined],
  ['with one', secret],
])('the cursors of an endpoint %s', (_, key) => {
  const node = (path = 'mcp') => new Pages(path, 3, key);

  it('are good on another node, and after a restart', () => {
    const { nextCursor } = node().pageOf('tools', LETTERS, undefined);
    expect(node().pageOf('tools', LETTERS, nextCursor).entries).toEqual(entries('d', 'e', 'f'));
  });

  it('are good for the list and the endpoint that they came from', () => {
    const { nextCursor } = node().pageOf('tools', LETTERS, undefined);
    expect(() => node().pageOf('prompts', LETTERS, nextCursor)).toThrow('Unknown cursor');
    expect(() => node('admin').pageOf('tools', LETTERS, nextCursor)).toThrow('Unknown cursor');
  });

  it('have 512 bytes at most, however long the keys are', () => {
    const keys = ['a', 'b', 'c'].map((letter) => `x://${letter}${'é'.repeat(2_000)}`);
    const all = entries(...keys, 'z');
    const { nextCursor = '' } = node().pageOf('resources', all, undefined);
    expect(Buffer.byteLength(nextCursor)).toBeLessThanOrEqual(512);
    expect(node().pageOf('resources', all, nextCursor).entries).toEqual(entries('z'));
    for (let length = 300; length < 420; length += 1) {
      const padded = entries('a', 'b', 'c'.repeat(length), 'd');
      const cursor = node().pageOf('x', padded, undefined).nextCursor ?? '';
      expect(Buffer.byteLength(cursor)).toBeLessThanOrEqual(512);
      expect(node().pageOf('x', padded, cursor).entries).toEqual(entries('d'));
    }
  });

  it('are given only for pages that others follow', () => {
    const pages = node();
    expect(pages.pageOf('tools', entries('a', 'b', 'c'), undefined)).toEqual({
      entries: entries('a', 'b', 'c'),
    });
    expect(pages.pageOf('tools', [], undefined)).toEqual({ entries: [] });
    const { nextCursor } = pages.pageOf('tools', entries(...'abcdef'), undefined);
    expect(pages.pageOf('tools', entries(...'abcdef'), nextCursor)).toEqual({
      entries: entries('d', 'e', 'f'),
    });
  });

  it('stay good when their entry is removed, and are at the end when all that follow are', () => {
    const { nextCursor } = node().pageOf('tools', LETTERS, undefined);
    expect(node().pageOf('tools', entries('a', 'd'), nextCursor)).toEqual({
      entries: entries('d'),
    });
    expect(node().pageOf('tools', entries('a', 'b'), nextCursor)).toEqual({ entries: [] });
  });

  it('that name a digest are unknown once their entry is removed', () => {
    const long = 'c'.repeat(400);
    const { nextCursor = '' } = node().pageOf('tools', entries('a', 'b', long, 'd'), undefined);
    expect(nextCursor).toMatch(/^d/);
    expect(() => node().pageOf('tools', entries('a', 'b', 'd'), nextCursor)).toThrow(
      'Unknown cursor',
    );
  });

  it('show the key while it fits', () => {
    const cursorAfter = (key: string): string =>
      node().pageOf('tools', entries('a', 'b', key, 'd'), undefined).nextCursor ?? '';
    expect(cursorAfter('c'.repeat(360))).toMatch(/^k/);
    expect(cursorAfter('c'.repeat(361))).toMatch(/^d/);
  });

  it('have one spelling', () => {
    const cursor = node().pageOf('tools', LETTERS, undefined).nextCursor ?? '';
    for (const strange of [
      `${cursor}=`,
      `${cursor} `,
      ` ${cursor}`,
      `${cursor}A`,
      cursor.slice(0, -1),
      cursor.replace('k', 'd'),
      cursor.toUpperCase(),
      `k${cursor}`,
      '',
      '.',
      'k.',
      '.'.repeat(512),
      'k'.repeat(513),
    ]) {
      expect(() => node().pageOf('tools', LETTERS, strange), strange).toThrow('Unknown cursor');
    }
  });
});

it('a cursor that another secret signed is none', () => {
  const { nextCursor } = new Pages('mcp', 3, secret).pageOf('tools', LETTERS, undefined);
  for (const key of [undefined, new Uint8Array(32).fill(8)]) {
    expect(() => new Pages('mcp', 3, key).pageOf('tools', LETTERS, nextCursor)).toThrow(
      'Unknown cursor',
    );
  }
});

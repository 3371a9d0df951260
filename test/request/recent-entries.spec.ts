import { describe, expect, it } from 'vitest';
import { recentEntries } from '../../src/request/recent-entries.js';

describe('recentEntries', () => {
  it('keeps as many entries as it may, and those that were used last', () => {
    const entries = recentEntries<number>(3);
    for (const [at, key] of ['a', 'b', 'c'].entries()) entries.set(key, at);
    entries.get('a');
    entries.set('d', 3);
    expect([...entries.keys()].toSorted()).toEqual(['a', 'c', 'd']);
  });

  it('counts an entry once, however often it is set', () => {
    const entries = recentEntries<number>(2);
    for (let time = 0; time < 10; time += 1) entries.set('a', time);
    entries.set('b', 0);
    expect([...entries.entries()].toSorted()).toEqual([
      ['a', 9],
      ['b', 0],
    ]);
  });
});

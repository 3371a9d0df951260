import { describe, expect, it } from 'vitest';
import { BoundedStore } from '../../src/emulator/instance/bounded-store.js';

describe('BoundedStore', () => {
  it('forgets an entry when its lifetime has passed', () => {
    let time = 0;
    const store = new BoundedStore<string>(10, () => time);
    store.set('a', 'A', 5);
    time = 4_999;
    expect(store.get('a')).toBe('A');
    time = 5_000;
    expect(store.get('a')).toBeUndefined();
    expect(store.values()).toEqual([]);
  });

  it('gives up expired entries first, then the oldest', () => {
    let time = 0;
    const store = new BoundedStore<string>(3, () => time);
    store.set('old', 'O');
    store.set('short', 'S', 1);
    store.set('new', 'N');
    time = 2_000;
    store.set('one', '1');
    expect(store.values()).toEqual(['O', 'N', '1']);
    store.set('two', '2');
    expect(store.values()).toEqual(['N', '1', '2']);
    expect(store.size).toBe(3);
  });

  it('replaces an entry without another giving way', () => {
    const store = new BoundedStore<string>(2, () => 0);
    store.set('a', 'A');
    store.set('b', 'B');
    store.set('a', 'AA');
    expect(store.values()).toEqual(['AA', 'B']);
  });
});

import { describe, expect, it } from 'vitest';
import { BoundedStore, CredentialStore } from '../../src/emulator/instance/bounded-store.js';

describe('BoundedStore', () => {
  it('drops an entry when its lifetime has passed', () => {
    let time = 0;
    const store = new BoundedStore<string>(10, () => time);
    store.set('a', 'A', 5);
    time = 4_999;
    expect(store.get('a')).toBe('A');
    time = 5_000;
    expect(store.get('a')).toBeUndefined();
    expect(store.values()).toEqual([]);
  });

  it('drops expired entries first, then the oldest', () => {
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

  it('replaces an entry without dropping another', () => {
    const store = new BoundedStore<string>(2, () => 0);
    store.set('a', 'A');
    store.set('b', 'B');
    store.set('a', 'AA');
    expect(store.values()).toEqual(['AA', 'B']);
  });

  it('has a default lifetime, which an entry can override', () => {
    let time = 0;
    const store = new BoundedStore<string>(10, () => time, 5);
    store.set('a', 'A');
    store.set('b', 'B', 10);
    time = 5_000;
    expect(store.values()).toEqual(['B']);
  });
});

describe('CredentialStore', () => {
  it('finds and deletes values by their credential', () => {
    const store = new CredentialStore<string>(10, () => 0);
    store.set('secret', 'A');
    expect(store.get('secret')).toBe('A');
    expect(store.get('another')).toBeUndefined();
    store.delete('secret');
    expect(store.get('secret')).toBeUndefined();
  });

  it('drops a value when the lifetime of the store has passed', () => {
    let time = 0;
    const store = new CredentialStore<string>(10, () => time, 5);
    store.set('secret', 'A');
    time = 5_000;
    expect(store.get('secret')).toBeUndefined();
  });
});

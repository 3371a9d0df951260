import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { toSendableJson } from '../../../src/mcp/invocation/sendable.js';
import { UnsendableResultError } from '../../../src/mcp/invocation/invocation.errors.js';

class Point {
  constructor(
    readonly x: number,
    readonly y: number,
  ) {}
}

class Hidden {
  readonly #secret = 1;

  get secret(): number {
    return this.#secret;
  }
}

class Money {
  toJSON(): unknown {
    return { amount: '1.00' };
  }
}

class Broken {
  toJSON(): unknown {
    return { rates: new Map() };
  }
}

function* numbers() {
  yield 1;
}

async function* later() {
  yield 1;
}

const json = (value: unknown) => toSendableJson('Tools.give', value);

describe('toSendableJson', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['numbers', [0, -0, 1.5, 1e21]],
    ['text', 'text'],
    ['fields that are undefined', { a: undefined, b: [undefined] }],
    ['instances of classes', { point: new Point(1, 2) }],
    ['dates', { at: new Date(0) }],
    ['what writes itself', { price: new Money(), link: new URL('https://api.test/') }],
    ['boxed values', [new Number(1), new String('a'), new Boolean(false)]],
    ['objects without a prototype', Object.assign(Object.create(null), { a: 1 })],
    ['empty objects and lists', [{}, [], Object.create(null), runInNewContext('({})')]],
    ['the same object twice', [Point, Point].map(() => SHARED)],
    ['symbols as keys', { [Symbol('key')]: 1, a: 1 }],
  ])('writes %s as JSON does', (_what, value) => {
    expect(json(value)).toBe(JSON.stringify(value));
  });

  it.each<[string, unknown, string]>([
    ['a Map', new Map([['a', 1]]), 'a Map. Return Object.fromEntries(map)'],
    ['a Set', new Set([1]), 'a Set. Return [...set]'],
    ['an Error', Object.assign(new TypeError('x'), { code: 'X' }), 'an Error. Throw it'],
    ['a function', () => 1, 'a function. Call it'],
    ['a class', Point, 'a function. Call it'],
    ['a symbol', Symbol('x'), 'a symbol.'],
    ['a generator', numbers(), 'a generator or an iterator. Return an array'],
    ['an async generator', later(), 'a generator or an iterator. Return an array'],
    ['NaN', Number.NaN, 'NaN, which JSON writes as null.'],
    ['Infinity', -Infinity, '-Infinity, which JSON writes as null.'],
    ['an invalid date', new Date('never'), 'an invalid date'],
    ['a Buffer', Buffer.from('x'), 'bytes. Return a content block'],
    ['a typed array', new Uint8Array(2), 'bytes.'],
    ['an ArrayBuffer', new ArrayBuffer(2), 'bytes.'],
    ['a promise', Promise.resolve(1), 'a Promise. Await it'],
    ['a regular expression', /x/, 'an instance of RegExp without enumerable fields'],
    ['a class without fields', new Hidden(), 'an instance of Hidden without enumerable fields'],
    ['a bigint', 1n, 'a bigint. Return a text instead'],
  ])('refuses %s, at the root and below', (_what, value, problem) => {
    expect(() => json(value)).toThrow(UnsendableResultError);
    expect(() => json(value)).toThrow(`Tools.give returned at (result) ${problem}`);
    const below = () => json({ items: [{}, { tags: value }] });
    expect(below).toThrow(`Tools.give returned at items[1].tags ${problem}`);
    expect(() => json([value])).toThrow(`Tools.give returned at [0] ${problem}`);
  });

  it('refuses what an object writes of itself', () => {
    expect(() => json({ a: new Broken() })).toThrow('Tools.give returned at a.rates a Map.');
  });

  it('refuses a cycle, and says where it closes', () => {
    const node: Record<string, unknown> = { name: 'a' };
    node['children'] = [{ parent: node }];
    expect(() => json({ node })).toThrow(
      'Tools.give returned at node.children[0].parent an object that contains itself.',
    );
  });

  it('names a path of a bounded length', () => {
    let deep: unknown = new Map();
    for (let level = 0; level < 1_000; level += 1) deep = { a: deep };
    let message = '';
    try {
      json(deep);
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain('a.a.a');
    expect(message.length).toBeLessThan(300);
  });
});

const SHARED = { a: 1 };

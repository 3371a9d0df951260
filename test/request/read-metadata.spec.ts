import 'reflect-metadata';
import { describe, expect, it, vi } from 'vitest';
import { readMetadata } from '../../src/request/read-metadata.js';

const KEY = 'key';

class Base {
  run(): void {}
  async later(): Promise<void> {}
}
class Heir extends Base {}
Reflect.defineMetadata(KEY, 'of the class', Base);
Reflect.defineMetadata(KEY, 'of the method', Base.prototype.run);
Reflect.defineMetadata(KEY, 'of the member', Base, 'run');

/** As a decorator may wrap a method, without copying its metadata. */
function wrapper(): Function {
  return Object.setPrototypeOf(() => undefined, Base.prototype.run);
}

describe('readMetadata', () => {
  it.each<[string, object, string?]>([
    ['a class', Base],
    ['a class that extends it', Heir],
    ['a method', Base.prototype.run],
    ['a method without any', Base.prototype.later],
    ['a function whose prototype is a method', wrapper()],
    ['a member', Base, 'run'],
    ['an inherited member', Heir, 'run'],
    ['a member without any', Heir, 'later'],
    ['an object whose prototype is a class', Object.create(Base)],
  ])('finds what Reflect.getMetadata() finds on %s', (_what, holder, member) => {
    const expected =
      member === undefined
        ? Reflect.getMetadata(KEY, holder)
        : Reflect.getMetadata(KEY, holder, member);
    expect(readMetadata(KEY, holder, member)).toBe(expected);
  });

  it('searches no prototype that cannot have any', () => {
    const search = vi.spyOn(Reflect, 'getMetadata');
    readMetadata(KEY, Base);
    readMetadata(KEY, Base.prototype.later);
    expect(search).not.toHaveBeenCalled();
    search.mockRestore();
  });
});

import { expect, it } from 'vitest';
import { omitUndefined } from '../../src/request/json-object.js';

it('leaves out what is undefined, and nothing else', () => {
  const members = { none: undefined, empty: '', zero: 0, no: false, nothing: null };
  expect(omitUndefined(members)).toEqual({ empty: '', zero: 0, no: false, nothing: null });
  expect(Object.keys(omitUndefined(members))).not.toContain('none');
});

it('lets no claim become the prototype', () => {
  const claims: object = JSON.parse('{"__proto__":{"admin":true},"sub":"user_1"}');
  const kept = omitUndefined({ ...claims });
  expect(Object.getPrototypeOf(kept)).toBe(Object.prototype);
  expect(kept).toEqual({ sub: 'user_1' });
});

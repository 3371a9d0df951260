import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputDigest } from '../../src/audit/input-digest.js';
import { oauth } from '../access/support.js';

const KEY = 'k'.repeat(32);

describe('InputDigest', () => {
  it('is the same for the same arguments, in whatever order', () => {
    const digest = new InputDigest(KEY);
    expect(digest.of({ a: 1, b: { c: [1, 2], d: null } })).toBe(
      digest.of({ b: { d: null, c: [1, 2] }, a: 1 }),
    );
    expect(digest.of({ a: [1, 2] })).not.toBe(digest.of({ a: [2, 1] }));
    expect(digest.of({ a: '1' })).not.toBe(digest.of({ a: 1 }));
  });

  it('tells any two values apart that JSON tells apart', () => {
    const digest = new InputDigest(KEY);
    fc.assert(
      fc.property(fc.json(), fc.json(), (one, other) => {
        const [a, b]: unknown[] = [JSON.parse(one), JSON.parse(other)];
        const isSame = sorted(a) === sorted(b);
        expect(digest.of(a) === digest.of(b)).toBe(isSame);
        expect(digest.of(a)).toMatch(/^[\w-]{22}$/);
      }),
    );
  });

  it('does not sort arguments of more than 65,536 characters', () => {
    const digest = new InputDigest(KEY);
    const isSorted = (length: number): boolean => {
      const filler = 'x'.repeat(length);
      return digest.of({ filler, a: 1 }) === digest.of({ a: 1, filler });
    };
    expect([isSorted(60_000), isSorted(70_000)]).toEqual([true, false]);
  });

  it('keeps a member that is called __proto__', () => {
    const digest = new InputDigest(KEY);
    expect(digest.of(JSON.parse('{"__proto__":{"a":1}}'))).not.toBe(digest.of({}));
  });

  it('is no hash that anybody could try', () => {
    const [one, other] = [new InputDigest(), new InputDigest()];
    expect(one.of({ pin: 1234 })).not.toBe(other.of({ pin: 1234 }));
    const bare = createHash('sha256').update('{"pin":1234}').digest('base64url');
    expect(bare.startsWith(one.of({ pin: 1234 }) ?? '')).toBe(false);
    expect(new InputDigest(KEY).of({ pin: 1234 })).toBe(new InputDigest(KEY).of({ pin: 1234 }));
  });

  it('gives up on what is nested too deeply', () => {
    const deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));
    expect(new InputDigest(KEY).of(deep)).toBeUndefined();
  });

  it('of a principal is that of its subject, and kept apart for each key', () => {
    const [one, other] = [new InputDigest(KEY), new InputDigest('o'.repeat(32))];
    const alice = oauth({ subject: 'user_alice' });
    const digests = () => [one.ofSubject(alice), other.ofSubject(alice)];
    expect(digests()).toEqual([one.of('user_alice'), other.of('user_alice')]);
    // Kept by now.
    expect(digests()).toEqual([one.of('user_alice'), other.of('user_alice')]);
    expect(one.ofSubject({ ...alice, subject: 'user_bob' })).toBe(one.of('user_bob'));
    expect(JSON.stringify(alice)).not.toContain(one.of('user_alice'));
  });

  it('takes no short key', () => {
    expect(() => new InputDigest('short')).toThrow(/digestKey has 5 bytes/);
  });
});

/** Canonical JSON, written another way. */
function sorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([key, member]) => `${JSON.stringify(key)}:${sorted(member)}`,
  );
  return `{${members.toSorted().join()}}`;
}

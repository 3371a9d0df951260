import { describe, expect, it } from 'vitest';
import type { Reverification } from '../../src/access/access-rule.js';
import { isVerifiedLately } from '../../src/access/verified-lately.js';

const first: Reverification = { level: 'first_factor', afterMinutes: 5 };
const second: Reverification = { level: 'second_factor', afterMinutes: 5 };
const both: Reverification = { level: 'multi_factor', afterMinutes: 5 };

describe('isVerifiedLately', () => {
  it.each<[Reverification, readonly [number, number], boolean]>([
    [first, [4, -1], true],
    [first, [5, -1], false],
    [first, [4, 99], true],
    [first, [99, 4], false],
    [first, [-1, 4], false],
    [first, [-1, -1], false],
    [first, [0, 0], true],
    [second, [99, 4], true],
    [second, [4, 5], false],
    [second, [4, -1], true],
    [second, [5, -1], false],
    [second, [-1, 4], true],
    [second, [-1, 5], false],
    [second, [-1, -1], false],
    [second, [1, 1], true],
    [both, [4, 4], true],
    [both, [4, 5], false],
    [both, [5, 4], false],
    [both, [4, -1], true],
    [both, [5, -1], false],
    [both, [-1, 4], false],
    [both, [-1, -1], false],
    ['lax', [9_999, 1_439], true],
    ['lax', [0, 1_440], false],
    ['moderate', [9_999, 59], true],
    ['moderate', [0, 60], false],
    ['strict', [9_999, 9], true],
    ['strict', [0, 10], false],
    ['strict_mfa', [9, 9], true],
    ['strict_mfa', [10, 9], false],
    ['strict_mfa', [9, 10], false],
  ])('by %o, factors verified %o minutes ago: %s', (asked, ages, expected) => {
    expect(isVerifiedLately(asked, ages)).toBe(expected);
  });
});

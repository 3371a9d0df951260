import { describe, expect, it } from 'vitest';
import { shortKey, weightOf } from '../../src/backplane/weight-of.js';

describe('weightOf', () => {
  it('grows with text, members and nesting', () => {
    expect(weightOf('x'.repeat(1_000))).toBe(2_000);
    expect(weightOf({ [`k${'x'.repeat(999)}`]: 1 })).toBeGreaterThan(2_000);
    expect(weightOf(Array.from({ length: 100 }, () => []))).toBeGreaterThan(7_000);
    const deep = JSON.parse(`${'['.repeat(500)}${']'.repeat(500)}`);
    expect(weightOf(deep)).toBeGreaterThan(30_000);
    for (const small of [null, undefined, 1, true]) expect(weightOf(small)).toBe(0);
  });

  it('comes to an end for a value that holds itself', () => {
    const value: Record<string, unknown> = { text: 'x'.repeat(10_000_000) };
    value['self'] = [value];
    expect(weightOf(value)).toBeGreaterThan(1_000_000_000);
  });
});

describe('shortKey', () => {
  it('keeps a key that is short, and tells long ones apart', () => {
    expect(shortKey('["issuer","user_1"]')).toBe('["issuer","user_1"]');
    const [one, other] = [shortKey(`a${'x'.repeat(8_000)}`), shortKey(`b${'x'.repeat(8_000)}`)];
    expect(one).not.toBe(other);
    expect(one.length).toBeLessThan(100);
  });
});

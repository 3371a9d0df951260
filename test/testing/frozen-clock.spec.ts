import { afterEach, describe, expect, it } from 'vitest';
import { FrozenClock } from '../../src/testing/frozen-clock.js';

const clock = new FrozenClock();
afterEach(() => clock.restore());

describe('FrozenClock', () => {
  it('stops the time of Date, however it is asked', () => {
    clock.freeze('2030-01-02T03:04:05Z');
    expect(Date.now()).toBe(Date.UTC(2030, 0, 2, 3, 4, 5));
    expect(new Date().toISOString()).toBe('2030-01-02T03:04:05.000Z');
    expect(Date()).toBe(new Date('2030-01-02T03:04:05Z').toString());
  });

  it('leaves alone what Date is told', () => {
    clock.freeze('2030-01-01T00:00:00Z');
    expect(new Date(0).getTime()).toBe(0);
    expect(new Date(2020, 5, 1).getFullYear()).toBe(2020);
    expect(Date.parse('1970-01-01T00:00:01Z')).toBe(1000);
  });

  it('keeps dates of before and after instances of one class', () => {
    const before = new Date();
    const Real = Date;
    clock.freeze();
    expect(before).toBeInstanceOf(Date);
    const during = new Date();
    class Day extends Date {}
    expect(new Day()).toBeInstanceOf(Day);
    clock.restore();
    expect(during).toBeInstanceOf(Date);
    expect(Date).toBe(Real);
  });

  it('moves on, from now where it was not frozen', () => {
    const now = Date.now();
    clock.advance({ days: 1, hours: 2, minutes: 3, seconds: 4, milliseconds: 5 });
    const moved = ((26 * 60 + 3) * 60 + 4) * 1000 + 5;
    expect(Date.now() - now).toBeGreaterThanOrEqual(moved);
    const frozen = Date.now();
    clock.advance({ seconds: -10 });
    expect(Date.now()).toBe(frozen - 10_000);
    expect(clock.frozen).toBe(true);
  });

  it('refuses a value that is not a date', () => {
    expect(() => clock.freeze('tomorrow')).toThrow('tomorrow is not a date. Write it in ISO 8601.');
    expect(clock.frozen).toBe(false);
  });
});

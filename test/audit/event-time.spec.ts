import { afterEach, describe, expect, it, vi } from 'vitest';
import { eventTime } from '../../src/audit/event-time.js';

describe('the time of an event', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each([
    ['2026-07-28T09:30:00.000Z', '2026-07-28T09:30:00.007Z', '2026-07-28T09:30:00.080Z'],
    ['2026-07-28T09:30:00.999Z', '2026-07-28T09:30:01.000Z', '2026-07-28T09:30:01.100Z'],
    ['2026-12-31T23:59:59.999Z', '2027-01-01T00:00:00.000Z', '2027-01-01T00:00:00.001Z'],
    // The clock of a machine can be set back.
    ['2027-01-01T00:00:00.000Z', '2026-12-31T23:59:59.500Z', '2027-01-01T00:00:00.500Z'],
    ['1970-01-01T00:00:00.001Z', '1969-12-31T23:59:59.999Z', '1970-01-01T00:00:00.000Z'],
  ])('is that of the clock, to the millisecond: %s, %s, %s', (...times) => {
    for (const time of times) {
      vi.spyOn(Date, 'now').mockReturnValue(Date.parse(time));
      expect(eventTime()).toBe(time);
    }
  });
});

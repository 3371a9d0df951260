import { describe, expect, it } from 'vitest';
import { CallsInFlight } from '../../../src/mcp/server/calls-in-flight.js';

describe('cancellations of calls that do not run yet', () => {
  it('are kept for the latest ids only', () => {
    const calls = new CallsInFlight();
    const ids = Array.from({ length: 10_000 }, (_, id) => id);
    for (const id of ids) calls.cancel(id, undefined, id + 1);
    const kept = ids.filter((id) => calls.wasCancelled(id, 0));
    expect(kept).toEqual(ids.slice(-32));
  });

  it('concern calls that arrived before them', () => {
    const calls = new CallsInFlight();
    calls.cancel(1, undefined, 5);
    expect([4, 5, 6].map((arrival) => calls.wasCancelled(1, arrival))).toEqual([
      true,
      false,
      false,
    ]);
    expect(calls.wasCancelled('1', 4)).toBe(false);
  });

  it.each([
    [3, true],
    [5, true],
    [6, false],
  ])('end the call that has the id, if it arrived before: %i', (arrival, isEnded) => {
    const calls = new CallsInFlight();
    let ended = false;
    calls.add(1, { arrival, cancel: () => (ended = true) });
    calls.cancel(1, undefined, 5);
    expect(ended).toBe(isEnded);
  });
});

import { describe, expect, it } from 'vitest';
import { SlidingWindow } from '../../src/limits/sliding-window.js';

const TTL = 10_000;

/** A window whose hits came at these times. */
function windowOf(...hits: number[]): SlidingWindow {
  const window = new SlidingWindow(hits[0] ?? 0);
  for (const at of hits) window.hit(TTL, at);
  return window;
}

describe('SlidingWindow', () => {
  it('counts what came within the time, and forgets it bit by bit', () => {
    const window = windowOf(0, 1, 2, 3);
    expect(window.count(TTL, 9_999)).toBe(4);
    expect(window.count(TTL, 10_001)).toBe(3);
    expect(window.count(TTL, 15_000)).toBe(2);
    expect(window.count(TTL, 20_000)).toBe(0);
  });

  it('forgets everything after twice the time', () => {
    expect(windowOf(0, 1, 2).count(TTL, 25_000)).toBe(0);
    expect(windowOf(0, 1, 2).count(TTL, 2_000_000)).toBe(0);
  });

  it('survives a clock that goes back', () => {
    const window = windowOf(50_000, 50_001);
    expect(window.count(TTL, 1_000)).toBe(0);
    window.hit(TTL, 1_000);
    expect(window.count(TTL, 1_001)).toBe(1);
  });

  it('lets one in per time where the limit is one', () => {
    const window = windowOf(0);
    expect(window.pause(1, TTL, 5_000)).toBe(5_001);
    expect(window.pause(1, TTL, 10_001)).toBe(0);
  });

  it('never lets in more than twice the limit in any time, and the limit on the whole', () => {
    const random = randomOf(7);
    for (const limit of [1, 2, 5, 30]) {
      const window = new SlidingWindow(0);
      const hits: number[] = [];
      let now = 0;
      for (let at = 0; at < 5_000; at += 1) {
        now += Math.floor(random() * 1_500);
        if (window.pause(limit, TTL, now) > 0) continue;
        window.hit(TTL, now);
        hits.push(now);
        const recent = hits.filter((time) => time > now - TTL).length;
        expect(recent).toBeLessThanOrEqual(2 * limit);
      }
      expect(hits.length).toBeLessThanOrEqual((now / TTL + 1) * limit * 1.5);
    }
  });

  it('says exactly how long to wait: at that moment there is room, and just before there is none', () => {
    const random = randomOf(11);
    let waited = 0;
    for (let round = 0; round < 2_000; round += 1) {
      const limit = 1 + Math.floor(random() * 8);
      const hits = Array.from({ length: Math.floor(random() * 20) }, () => random() * 2 * TTL);
      const times = hits.toSorted((one, other) => one - other);
      const now = (times.at(-1) ?? 0) + random() * TTL;
      const pause = windowOf(...times).pause(limit, TTL, now);
      if (pause === 0) continue;
      waited += 1;
      expect(windowOf(...times).count(TTL, now)).toBeGreaterThanOrEqual(limit);
      expect(windowOf(...times).count(TTL, now + pause)).toBeLessThan(limit);
      expect(windowOf(...times).count(TTL, now + pause - 2)).toBeGreaterThanOrEqual(limit);
    }
    expect(waited).toBeGreaterThan(200);
  });
});

/** The same numbers each time. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

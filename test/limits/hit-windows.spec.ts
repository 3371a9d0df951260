import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HitWindows } from '../../src/limits/sliding-window.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('HitWindows', () => {
  it('counts each key by itself', () => {
    const windows = new HitWindows({ limit: 2, ttl: 1_000, max: 10 });
    windows.hit('a');
    expect(windows.pauseOf('a')).toBe(0);
    windows.hit('a');
    expect(windows.pauseOf('a')).toBe(1_001);
    expect(windows.pauseOf('b')).toBe(0);
    vi.advanceTimersByTime(1_001);
    expect(windows.pauseOf('a')).toBe(0);
  });

  it('does not let a key wait longer for what was too much', () => {
    const windows = new HitWindows({ limit: 2, ttl: 1_000, max: 10 });
    for (let at = 0; at < 100; at += 1) windows.hit('a');
    vi.advanceTimersByTime(1_001);
    expect(windows.pauseOf('a')).toBe(0);
  });

  it('remembers a bounded number of keys, and the busy ones longest', () => {
    const windows = new HitWindows({ limit: 1, ttl: 1_000, max: 10 });
    windows.hit('busy');
    for (let at = 0; at < 1_000; at += 1) {
      windows.hit(`quiet ${at}`);
      expect(windows.pauseOf('busy')).toBeGreaterThan(0);
    }
    expect(windows.size).toBe(10);
    expect(windows.pauseOf('quiet 0')).toBe(0);
  });
});

import { afterAll, afterEach, beforeEach, vi } from 'vitest';
import { FakeClerk } from './fake-clerk.js';

/** A scripted instance of Clerk for the tests of a file. For each of them it is as new, and the clock stands still. */
export async function clerkOfTests(): Promise<FakeClerk> {
  const clerk = await FakeClerk.start();
  afterAll(() => clerk.close());
  beforeEach(() => {
    clerk.reset();
    vi.useFakeTimers({ toFake: ['Date'] });
  });
  afterEach(() => void vi.useRealTimers());
  return clerk;
}

/** Turns the clock that stands still. */
export function later(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

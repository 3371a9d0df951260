import { describe, expect, it } from 'vitest';
import {
  misconfigured,
  tokenExpired,
  tooManyFailures,
  unavailable,
} from '../../../src/clerk/tokens/token-refusals.js';

describe('unavailable', () => {
  it.each([
    [undefined, 5],
    [0, 1],
    [0.2, 1],
    [1, 1],
    [9.01, 10],
    [60, 60],
    [61, 60],
    [Number.NaN, 5],
    [Number.POSITIVE_INFINITY, 5],
  ])('turns a requested pause of %s seconds into one of %i', (requested, retryAfter) => {
    expect(unavailable(requested).refusal).toEqual({ reason: 'unavailable', retryAfter });
  });
});

describe('tooManyFailures', () => {
  it.each([
    [0, 1],
    [1, 1],
    [1_000, 1],
    [1_001, 2],
    [59_500, 60],
    [600_000, 600],
  ])('turns a pause of %i ms into whole seconds: %i', (pause, retryAfter) => {
    expect(tooManyFailures(pause).refusal).toEqual({ reason: 'too_many_requests', retryAfter });
  });
});

describe('the other refusals', () => {
  it('say their reason and nothing else', () => {
    expect(tokenExpired().refusal).toEqual({ reason: 'token_expired' });
    expect(misconfigured().refusal).toEqual({ reason: 'misconfigured' });
  });
});

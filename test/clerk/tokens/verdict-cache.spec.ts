import { Logger } from '@nestjs/common';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_CLERK_LIMITS } from '../../../src/clerk/clerk-limits.js';
import type { ResolvedClerkOptions } from '../../../src/clerk/resolved-clerk-options.js';
import {
  ContainedVerdictCache,
  InProcessVerdictCache,
  type Verdict,
  type VerdictCache,
} from '../../../src/clerk/tokens/verdict-cache.js';
import { principal } from '../../mcp/fixtures.js';

describe('InProcessVerdictCache', () => {
  const accepted = (text: string) =>
    ({
      outcome: 'accepted',
      principal: { ...principal('ada'), claims: { text } },
      until: Infinity,
    }) as const;

  it('holds its verdicts to a number of bytes, keys among them', () => {
    const cache = new InProcessVerdictCache(1_000, 100_000);
    for (let at = 0; at < 50; at += 1) cache.set(`key-${at}`, accepted('x'.repeat(5_000)));
    expect(cache.size).toBeLessThan(10);
    expect(cache.get('key-49')).toBeDefined();
    const refusal = { reason: 'invalid_token', description: 'No.' } as const;
    for (let at = 0; at < 50; at += 1) {
      const verdict = { outcome: 'refused', refusal, until: Infinity } as const;
      cache.set(`${at}${'k'.repeat(5_000)}`, verdict);
    }
    expect(cache.size).toBeLessThan(20);
    // Refusals push no good token out.
    expect(cache.get('key-49')).toBeDefined();
  });

  it('holds its verdicts to a number, the last used ones', () => {
    const cache = new InProcessVerdictCache(2, 100_000);
    for (const key of ['a', 'b']) cache.set(key, accepted(key));
    cache.get('a');
    cache.set('c', accepted('c'));
    expect(['a', 'b', 'c'].filter((key) => cache.get(key))).toEqual(['a', 'c']);
  });

  it('holds one verdict for a token, the last one', () => {
    const cache = new InProcessVerdictCache(10, 100_000);
    const refused = {
      outcome: 'refused',
      refusal: { reason: 'token_expired' },
      until: Infinity,
    } as const;
    for (const verdict of [accepted('x'), refused, accepted('y')]) {
      cache.set('key', verdict);
      expect(cache.get('key')).toBe(verdict);
      expect(cache.size).toBe(1);
    }
  });

  it('removes the verdicts of those whom a revocation concerns, and no others', () => {
    const cache = new InProcessVerdictCache(10, 100_000);
    const of = (name: string) =>
      ({ outcome: 'accepted', principal: principal(name), until: Infinity }) as const;
    const refusal = { reason: 'token_expired' } as const;
    cache.set('ada 1', of('ada'));
    cache.set('bob', of('bob'));
    cache.set('ada 2', of('ada'));
    cache.set('refused', { outcome: 'refused', refusal, until: Infinity });
    cache.purge({ userId: 'user_ada' });
    const keys = ['ada 1', 'ada 2', 'bob', 'refused'];
    expect(keys.filter((key) => cache.get(key))).toEqual(['bob', 'refused']);
    expect(cache.size).toBe(2);
  });
});

describe('ContainedVerdictCache', () => {
  const limits = { ...DEFAULT_CLERK_LIMITS, seamTimeoutMs: 20 };
  const contain = (cache: VerdictCache) =>
    new ContainedVerdictCache(cache, { limits } as ResolvedClerkOptions);
  const ada: Verdict = { outcome: 'accepted', principal: principal('ada'), until: Infinity };
  const warn = vi.spyOn(Logger.prototype, 'warn');
  beforeEach(() => void warn.mockReset().mockImplementation(() => undefined));
  afterAll(() => warn.mockRestore());

  it('answers at once where its cache does', () => {
    const inner = new InProcessVerdictCache(10, 100_000);
    const cache = contain(inner);
    expect(cache.set('key', ada)).toBeUndefined();
    expect(cache.get('key')).toBe(ada);
    expect(inner.get('key')).toBe(ada);
    expect(cache.purge({ userId: 'user_ada' })).toBeUndefined();
    expect(inner.size).toBe(0);
    expect(warn).not.toHaveBeenCalled();
  });

  it.each<[string, () => never | Promise<never>]>([
    [
      'throws',
      () => {
        throw new Error('secret of the store');
      },
    ],
    ['rejects', () => Promise.reject(new Error('secret of the store'))],
    ['hangs', () => new Promise<never>(() => undefined)],
  ])('knows no verdict while its cache %s, and says so once', async (_, work) => {
    const cache = contain({ get: work, set: work, purge: work });
    expect(await cache.get('key')).toBeUndefined();
    expect(await cache.set('key', ada)).toBeUndefined();
    expect(await cache.purge({ userId: 'user_ada' })).toBeUndefined();
    expect(warn.mock.calls).toEqual([
      [expect.stringMatching(/^VerdictCache .* Tokens are verified again until it responds\.$/)],
    ]);
    expect(warn.mock.calls.join()).not.toContain('secret');
  });
});

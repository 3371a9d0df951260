import { describe, expect, it } from 'vitest';
import { InProcessVerdictCache } from '../../../src/clerk/tokens/verdict-cache.js';
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
});

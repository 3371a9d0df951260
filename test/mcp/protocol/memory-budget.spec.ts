import { getHeapStatistics } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { MemoryBudget, MemoryShare } from '../../../src/mcp/protocol/memory-budget.js';
import { MEMORY_SHARES } from '../../../src/mcp/protocol/mcp-limits.js';

describe('MemoryShare', () => {
  it('counts what is taken and given', () => {
    const share = new MemoryShare(() => 100);
    share.take(60);
    expect(share).toMatchObject({ used: 60, limit: 100, excess: 0 });
    share.take(50);
    expect(share).toMatchObject({ used: 110, excess: 10 });
    share.give(30);
    expect(share).toMatchObject({ used: 80, excess: 0 });
  });

  it('asks for bytes back, one after the other, and only as long as there are too many', () => {
    const share = new MemoryShare(() => 100);
    const asked: string[] = [];
    share.onExcess(() => {
      asked.push('first');
      share.give(30);
    });
    share.onExcess(() => {
      asked.push('second');
      share.give(100);
    });
    share.take(100);
    expect(asked).toEqual([]);
    share.take(20);
    expect(asked).toEqual(['first']);
    share.take(50);
    expect(asked).toEqual(['first', 'first', 'second']);
    expect(share.used).toBe(10);
  });
});

describe('MemoryBudget', () => {
  it('is a part of the heap by default', () => {
    const heap = getHeapStatistics().heap_size_limit;
    expect(new MemoryBudget().limit).toBe(Math.floor(heap * 0.4));
  });

  it('is what an endpoint says, and the least of what several say', () => {
    const budget = new MemoryBudget();
    budget.limitTo(undefined);
    const heap = budget.limit;
    budget.limitTo(heap * 2);
    expect(budget.limit).toBe(heap * 2);
    budget.limitTo(1_000);
    budget.limitTo(5_000);
    budget.limitTo(undefined);
    expect(budget.limit).toBe(1_000);
  });

  it.each(Object.entries(MEMORY_SHARES))('has a share for %s', (name, part) => {
    const budget = new MemoryBudget();
    budget.limitTo(1_000);
    const share: unknown = Reflect.get(budget, name);
    expect(share).toMatchObject({ limit: 1_000 * part, used: 0 });
  });

  it('has no more shares than there is budget', () => {
    const all = Object.values(MEMORY_SHARES).reduce((sum, part) => sum + part, 0);
    expect(all).toBeLessThanOrEqual(1.000_001);
  });
});

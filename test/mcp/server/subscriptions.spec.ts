import { describe, expect, it } from 'vitest';
import { MemoryShare } from '../../../src/mcp/protocol/memory-budget.js';
import { Subscriptions } from '../../../src/mcp/server/subscriptions.js';

describe('the subscriptions of a session', () => {
  const start = (limits: { subscriptionUris?: number; subscriptionLength?: number }) => {
    const memory = new MemoryShare(() => Infinity);
    const all = { subscriptionUris: 1_000, subscriptionLength: 1_000_000, ...limits };
    return { memory, subscriptions: new Subscriptions(all, memory) };
  };

  it('are as many as the limit says', () => {
    const { subscriptions } = start({ subscriptionUris: 2 });
    for (const uri of ['a:1', 'a:2', 'a:2']) subscriptions.add(uri);
    expect(() => subscriptions.add('a:3')).toThrow('This session has 2 subscriptions');
    subscriptions.delete('a:1');
    expect(() => subscriptions.add('a:3')).not.toThrow();
  });

  it('have as many characters in all as the limit says', () => {
    const { subscriptions, memory } = start({ subscriptionLength: 10 });
    for (let round = 0; round < 3; round += 1) {
      subscriptions.add('a:345');
      subscriptions.add('b:345');
      expect(() => subscriptions.add('c')).toThrow('no room for this one');
      subscriptions.delete('a:345');
      subscriptions.delete('a:345');
      subscriptions.add('c:345');
      subscriptions.clear();
      expect(memory.used).toBe(0);
    }
  });
});

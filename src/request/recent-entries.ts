import { LRUCache } from 'lru-cache';

/**
 * A cache of the `max` entries that were used last. It grows with them: with the option `max`, `LRUCache`
 * makes arrays of that length at once, which is time and memory that most processes never need.
 */
export function recentEntries<V extends {}>(max: number): LRUCache<string, V> {
  return new LRUCache({ maxSize: max, sizeCalculation: () => 1 });
}

import { expect, it } from 'vitest';
import { protectedBy } from '../../../src/access/access-rule.js';
import type { CatalogEntry } from '../../../src/mcp/catalog/catalog-entry.js';
import { EntryTable } from '../../../src/mcp/catalog/entry-table.js';

it('an EntryTable remembers the rules of the last hundred entries that were taken away', () => {
  const table = new EntryTable<CatalogEntry>('tool');
  for (let at = 0; at < 150; at += 1) {
    table.add({ key: `tool${at}`, access: protectedBy(), source: 'Tools' } as CatalogEntry);
    table.retire(`tool${at}`);
  }
  expect(table.rulesSoFar).toHaveLength(100);
  expect([table.ruleOf('tool49'), table.ruleOf('tool50')]).toEqual([undefined, protectedBy()]);
});

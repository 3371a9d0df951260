import type { LRUCache } from 'lru-cache';
import { expect, it } from 'vitest';
import { McpCatalog } from '../../../src/mcp/catalog/mcp-catalog.js';
import { MemoryBudget } from '../../../src/mcp/protocol/memory-budget.js';
import { Pages } from '../../../src/mcp/protocol/pages.js';
import { FastPath } from '../../../src/mcp/fast-path/fast-path.js';
import { mcpApp, rpc, type McpAppOptions } from '../fixtures.js';

const TOOLS = 30;

/** A server with many public tools, whose lists are answered directly, one entry a page. */
async function start(options: McpAppOptions = {}) {
  const { app, url } = await mcpApp([], {
    pageSize: 1,
    dynamic: true,
    fastPath: true,
    ...options,
  });
  const catalog = app.get(McpCatalog);
  for (let at = 0; at < TOOLS; at += 1) {
    const name = `tool${String(at).padStart(2, '0')}`;
    catalog.addTool({ name, description: 'x'.repeat(500) }, () => name);
  }
  const list = async (cursor?: string): Promise<string | undefined> => {
    const params = cursor === undefined ? {} : { cursor };
    const response = await rpc(url, 'tools/list', params, { as: 'alice' });
    const { result } = (await response.json()) as { result?: { nextCursor?: string } };
    return result?.nextCursor;
  };
  const pages = (): LRUCache<string, Buffer> =>
    Reflect.get(app.get(FastPath, { strict: false }), 'lists').cache.get(catalog.tools.rules);
  return { app, list, pages };
}

it('cursors that a caller makes up are no keys of pages', async () => {
  const { list, pages } = await start();
  // Without a secret, anybody can make a cursor.
  const forged = Array.from({ length: 200 }, (_, at) => {
    const keys = [`tool05${at}`, 'tool99'].map((key) => ({ key }));
    return new Pages('mcp', 1).pageOf('tools', keys, undefined).nextCursor;
  });
  for (const cursor of forged) expect(await list(cursor)).toBeDefined();
  expect(pages().size).toBe(1);
});

it('pages are kept within the memory that is there for them', async () => {
  const { app, list, pages } = await start({ limits: { memoryBytes: 200_000 } });
  let cursor = await list();
  while (cursor !== undefined) cursor = await list(cursor);
  const { limit } = app.get(MemoryBudget, { strict: false }).pages;
  expect(pages().size).toBeGreaterThan(1);
  expect(pages().size).toBeLessThan(TOOLS);
  expect(pages().calculatedSize).toBeLessThanOrEqual(limit / 4);
});

import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CatalogTool } from '../../../src/mcp/catalog/catalog-entry.js';
import { DefinitionWriter } from '../../../src/mcp/catalog/definition-writer.js';
import { defineLazily } from '../../../src/mcp/catalog/tool-compiler.js';
import { EntryTable } from '../../../src/mcp/catalog/entry-table.js';
import type { McpCatalog } from '../../../src/mcp/catalog/mcp-catalog.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Ten tools, each of which takes a millisecond to write. */
function tenTools(write: (key: string) => void = () => {}) {
  const written: string[] = [];
  const tools = new EntryTable<CatalogTool>('tool');
  for (const key of 'abcdefghij') {
    const definition = { name: key, inputSchema: { type: 'object' as const } };
    defineLazily(definition, 'inputSchema', () => {
      vi.advanceTimersByTime(1);
      write(key);
      written.push(key);
      return { type: 'object' as const };
    });
    const source = `Tools.${key}`;
    tools.add({ key, source, definition, access: { kind: 'public' } } as CatalogTool);
  }
  return { written, writer: new DefinitionWriter({ tools } as McpCatalog) };
}

describe('DefinitionWriter', () => {
  it('writes nothing while the application starts', () => {
    const { written, writer } = tenTools();
    writer.onApplicationBootstrap();
    expect(written).toEqual([]);
  });

  it('writes all, a few at a time', () => {
    const { written, writer } = tenTools();
    writer.onApplicationBootstrap();
    vi.advanceTimersToNextTimer();
    expect(written).toEqual(['a', 'b']);
    vi.runAllTimers();
    expect(written.join('')).toBe('abcdefghij');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('stops with the application', () => {
    const { written, writer } = tenTools();
    writer.onApplicationBootstrap();
    vi.advanceTimersToNextTimer();
    writer.onModuleDestroy();
    vi.runAllTimers();
    expect(written).toEqual(['a', 'b']);
  });

  it('leaves what cannot be written to the list, and says so', () => {
    const error = vi.spyOn(Logger.prototype, 'error').mockReturnValue();
    const { written, writer } = tenTools((key) => {
      if (key === 'c') throw new Error('no words');
    });
    writer.onApplicationBootstrap();
    vi.runAllTimers();
    expect(written.join('')).toBe('abdefghij');
    expect(error).toHaveBeenCalledExactlyOnceWith(
      'Tools.c cannot be listed',
      expect.stringContaining('Error: no words\n    at '),
    );
    error.mockRestore();
  });
});

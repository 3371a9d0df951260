import { LATEST_PROTOCOL_VERSION } from '@modelcontextprotocol/server';
import { expect, it } from 'vitest';
import { MODERN, REVISIONS } from '../../../src/mcp/protocol/revisions.js';

it('the revisions are those of MCP, the one without sessions first', () => {
  expect(MODERN).toBe('2026-07-28');
  expect(REVISIONS[0]).toBe(MODERN);
  expect(REVISIONS).toContain('2025-11-25');
  expect(REVISIONS).toContain(LATEST_PROTOCOL_VERSION);
  expect(REVISIONS).toEqual([...new Set(REVISIONS)].toSorted().toReversed());
});

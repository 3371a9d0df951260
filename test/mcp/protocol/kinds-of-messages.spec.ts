import { expect, it } from 'vitest';
import { DEFAULT_MCP_LIMITS } from '../../../src/mcp/protocol/mcp-limits.js';
import { readMessages } from '../../../src/mcp/protocol/read-messages.js';

// JSON-RPC 2.0 §4: a request has an id, a notification has none, a response has no method.
it.each([
  [
    { id: 'a', method: 'ping' },
    { id: 'a', method: 'ping', isNotification: false },
  ],
  [
    { id: 0, method: 'ping' },
    { id: 0, method: 'ping', isNotification: false },
  ],
  [
    { id: null, method: 'ping' },
    { id: undefined, method: 'ping', isNotification: false },
  ],
  [
    { id: true, method: 'ping' },
    { id: undefined, method: 'ping', isNotification: false },
  ],
  [
    { id: {}, method: 'ping' },
    { id: undefined, method: 'ping', isNotification: false },
  ],
  [{ method: 'ping' }, { id: undefined, method: 'ping', isNotification: true }],
  [
    { id: 1, method: 'unknown' },
    { id: 1, method: undefined, isNotification: false },
  ],
  [{ method: 'unknown' }, { id: undefined, method: undefined, isNotification: true }],
  [
    { id: 1, method: 7 },
    { id: 1, method: undefined, isNotification: false },
  ],
  [
    { id: 1, result: {} },
    { id: 1, method: undefined, isNotification: false },
  ],
  [{ error: {} }, { id: undefined, method: undefined, isNotification: false }],
  ['text', { id: undefined, method: undefined, isNotification: false }],
])('%j is read', (message, expected) => {
  expect(readMessages(message, DEFAULT_MCP_LIMITS).messages).toEqual([
    expect.objectContaining(expected),
  ]);
});

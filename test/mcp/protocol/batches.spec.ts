import { describe, expect, it } from 'vitest';
import { assertBatchAllowed, hasBatches } from '../../../src/mcp/protocol/batches.js';
import { DEFAULT_MCP_LIMITS } from '../../../src/mcp/protocol/mcp-limits.js';
import { readMessages } from '../../../src/mcp/protocol/read-messages.js';

const message = (method: string) => ({ jsonrpc: '2.0', id: 1, method, params: {} });
const read = (body: unknown) => readMessages(body, DEFAULT_MCP_LIMITS);
const PINGS = [message('ping'), message('ping')];

describe('assertBatchAllowed', () => {
  it.each([undefined, '2025-03-26'])('lets a batch of revision %s pass', (revision) => {
    expect(hasBatches(revision)).toBe(true);
    expect(() => assertBatchAllowed(read(PINGS), revision)).not.toThrow();
    expect(() => assertBatchAllowed(read([]), revision)).not.toThrow();
  });

  it.each(['2024-11-05', '2025-06-18', '2025-11-25', '2026-07-28', '', 'made up'])(
    'refuses a batch of revision "%s", and no message',
    (revision) => {
      expect(hasBatches(revision)).toBe(false);
      expect(() => assertBatchAllowed(read(message('ping')), revision)).not.toThrow();
      expect(() => assertBatchAllowed(read(PINGS), revision)).toThrow(
        expect.objectContaining({
          rpcCode: -32600,
          status: 400,
          message:
            'Invalid Request: only protocol revision 2025-03-26 has batches. Send each message by itself.',
        }),
      );
    },
  );

  it.each([[['initialize']], [['ping', 'initialize']], [['initialize', 'ping']]])(
    'refuses a batch of %s',
    (methods) => {
      expect(() => assertBatchAllowed(read(methods.map(message)), '2025-03-26')).toThrow(
        expect.objectContaining({
          rpcCode: -32600,
          message: 'Invalid Request: initialize must not be part of a batch. Send it by itself.',
        }),
      );
      expect(() => assertBatchAllowed(read(message('initialize')), '2025-03-26')).not.toThrow();
    },
  );
});

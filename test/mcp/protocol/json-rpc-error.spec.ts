import { describe, expect, it } from 'vitest';
import {
  JSON_RPC,
  jsonRpcError,
  MessageRefusedError,
} from '../../../src/mcp/protocol/json-rpc-error.js';

describe('an error of JSON-RPC', () => {
  it('has the id of its request, or null', () => {
    expect(jsonRpcError(JSON_RPC.internalError, 'Internal error', 'a')).toEqual({
      jsonrpc: '2.0',
      id: 'a',
      error: { code: -32603, message: 'Internal error' },
    });
    expect(jsonRpcError(JSON_RPC.parseError, 'Parse error').id).toBeNull();
  });

  it('has data only if there are some, and then whatever they are', () => {
    expect(jsonRpcError(1, 'm', 1).error).not.toHaveProperty('data');
    for (const data of [null, 0, '', false, { uri: 'notes://a' }]) {
      expect(jsonRpcError(1, 'm', 1, data).error).toEqual({ code: 1, message: 'm', data });
    }
  });
});

describe('a refused message', () => {
  it('is answered 200 if the answer can name its request, else 400', () => {
    expect(new MessageRefusedError(JSON_RPC.invalidRequest, 'Too long', 0).status).toBe(200);
    expect(new MessageRefusedError(JSON_RPC.invalidRequest, 'Too long').status).toBe(400);
  });

  it('has no stack, and the next error has one', () => {
    const { name, stack } = new MessageRefusedError(JSON_RPC.invalidRequest, 'Too long');
    expect(name).toBe('MessageRefusedError');
    expect(stack).not.toContain('\n');
    expect(new Error('next').stack).toContain(import.meta.filename);
  });
});

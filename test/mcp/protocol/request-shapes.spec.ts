import { describe, expect, it } from 'vitest';
import { DEFAULT_MCP_LIMITS } from '../../../src/mcp/protocol/mcp-limits.js';
import { readMessages } from '../../../src/mcp/protocol/read-messages.js';
import { malformedParams } from '../../../src/mcp/protocol/request-shapes.js';

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
};
const answerTo = (body: unknown, era: 'modern' | 'legacy' = 'legacy') => {
  const [message] = readMessages(body, DEFAULT_MCP_LIMITS).messages;
  if (!message) throw new Error('There is no message.');
  return malformedParams(message, era);
};
const request = (method: string, params?: unknown) => ({ jsonrpc: '2.0', id: 7, method, params });

describe('malformedParams', () => {
  it('says of each issue which field has it', () => {
    expect(answerTo(request('prompts/get', { name: 7 }))).toEqual({
      jsonrpc: '2.0',
      id: 7,
      error: {
        code: -32602,
        message: expect.stringMatching(/^Invalid params for prompts\/get: name: \S.*$/),
      },
    });
    const two = answerTo(request('completion/complete', { ref: {}, argument: { value: 7 } }));
    expect(two?.error.message).toMatch(/^Invalid params for completion\/complete: .+; .+$/);
    expect(two?.error.message).not.toContain('params.');
  });

  it('reads the shape of 2026-07-28 with its envelope', () => {
    const params = { name: 7, _meta: META };
    expect(answerTo(request('prompts/get', params), 'modern')?.error).toMatchObject({
      code: -32602,
      message: expect.stringContaining('name: '),
    });
    expect(answerTo(request('prompts/get', { ...params, name: 'a' }), 'modern')).toBeUndefined();
  });

  it.each<[string, unknown, ('modern' | 'legacy')?]>([
    ['valid params', request('prompts/get', { name: 'a', arguments: {} })],
    ['a method without a shape', request('no/such/method', { name: 7 })],
    ['a method of the other era', request('logging/setLevel', { level: 7 }), 'modern'],
    ['no request of JSON-RPC', { ...request('prompts/get', { name: 7 }), jsonrpc: '1.0' }],
    ['a notification', { jsonrpc: '2.0', method: 'prompts/get', params: { name: 7 } }],
    ['an envelope that is none', request('prompts/get', { name: 'a', _meta: 7 })],
    ['an envelope that is none, and a field', request('prompts/get', { name: 7, _meta: 7 })],
    ['missing params', request('prompts/get'), 'modern'],
    ['no object at all', 7],
  ])('leaves %s to the SDK', (_, body, era) => {
    expect(answerTo(body, era)).toBeUndefined();
  });

  it('reads a method of the other era where it is served', () => {
    expect(answerTo(request('logging/setLevel', { level: 7 }))?.error.message).toMatch(
      /^Invalid params for logging\/setLevel: level: /,
    );
  });
});

import { Injectable } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { McpCompletion, McpPrompt, McpResource, McpTool, Public } from '../../../src/index.js';
import type { CompletionInput } from '../../../src/extend.js';
import { answerOf } from '../answer.js';
import { rpc, startMcpApp, type McpApp } from '../fixtures.js';

@Public()
@Injectable()
class Entries {
  @McpTool({ description: 'Answers' })
  ping() {
    return 'pong';
  }

  @McpResource({ uri: 'notes://all' })
  notes() {
    return 'none';
  }

  @McpPrompt({ input: z.object({ topic: z.string() }) })
  prompt({ topic }: { topic: string }) {
    return topic;
  }

  @McpCompletion({ prompt: 'prompt', argument: 'topic' })
  topics({ value }: CompletionInput) {
    return [value];
  }
}

describe('A request with params of another form', () => {
  let mcp: McpApp;
  beforeAll(async () => {
    mcp = await startMcpApp([Entries]);
  });
  afterAll(() => mcp.app.close());

  const malformed: readonly (readonly [string, Record<string, unknown>])[] = [
    ['tools/list', { cursor: 7 }],
    ['resources/list', { cursor: {} }],
    ['resources/read', {}],
    ['resources/read', { uri: 7 }],
    ['prompts/list', { cursor: [] }],
    ['prompts/get', {}],
    ['prompts/get', { name: 'prompt', arguments: { topic: 7 } }],
    ['completion/complete', { ref: { type: 'ref/other' }, argument: { name: 'a', value: 'b' } }],
    ['completion/complete', { ref: { type: 'ref/prompt', name: 'prompt' } }],
  ];

  it.each(malformed)('is -32602 for %s %j, in either era', async (method, params) => {
    for (const era of ['modern', 'legacy'] as const) {
      const headers =
        era === 'modern' && 'uri' in params ? { 'mcp-name': String(params['uri']) } : {};
      const { error } = await answerOf(await rpc(mcp.url, method, params, { era, headers }));
      expect(error?.code).toBe(-32602);
      expect(error?.message).toMatch(new RegExp(`^Invalid params for ${method}: [a-z]+`));
    }
  });

  it.each([{ toString: 1 }, 7, null])('is refused where the method is %j', async (method) => {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: {} });
    const response = await fetch(mcp.url, { method: 'POST', headers, body });
    expect(response.status).toBe(400);
  });

  it('is not what a request without params is, where none are needed', async () => {
    for (const method of ['tools/list', 'resources/list', 'prompts/list']) {
      const { error } = await answerOf(await rpc(mcp.url, method, {}, { era: 'legacy' }));
      expect(error).toBeUndefined();
    }
  });
});

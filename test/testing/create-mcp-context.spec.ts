import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { McpContext } from '../../src/index.js';
import { createMcpContext } from '../../src/testing/index.js';

const Sure = z.object({ sure: z.boolean() });
const Name = z.object({ name: z.string() });

describe('createMcpContext', () => {
  it('makes a context of an anonymous call of a capable client', async () => {
    const { context, progress, logs, asked, state } = createMcpContext();
    expect(context).toBeInstanceOf(McpContext);
    expect(context.principal).toBeUndefined();
    expect(context.requestId).toBe(1);
    expect(context.uri).toBe('');
    expect(context.taskId).toBeUndefined();
    expect(await context.startTask()).toBe(false);
    expect(context.sessionId).toBeUndefined();
    expect(context.trace).toEqual({});
    expect(context.client).toEqual({ name: 'test', version: '1.0.0' });
    expect(context.clientCapabilities).toMatchObject({ elicitation: { form: {}, url: {} } });
    expect(context.protocolVersion).toBe('2026-07-28');
    expect(context.signal.aborted).toBe(false);
    expect(context.state()).toBeUndefined();
    expect(context.answer('sure')).toEqual({ kind: 'missing' });
    expect([progress, logs, asked, state]).toEqual([[], [], [], undefined]);
  });

  it('says what it is told about the call', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { context } = createMcpContext({
      client: { name: 'ide', version: '2' },
      capabilities: {},
      protocolVersion: '2025-11-25',
      sessionId: 's',
      requestId: 'r',
      uri: 'notes://1',
      trace: { traceparent },
      task: 'possible',
    });
    expect(context.client).toEqual({ name: 'ide', version: '2' });
    expect(context.clientCapabilities).toEqual({});
    expect(context.protocolVersion).toBe('2025-11-25');
    expect(context.sessionId).toBe('s');
    expect(context.requestId).toBe('r');
    expect(context.uri).toBe('notes://1');
    expect(context.trace).toEqual({ traceparent });
    expect(context.taskId).toBeUndefined();
    expect(await context.startTask()).toBe(true);
    expect(context.taskId).toBe('task_test');
    expect(createMcpContext({ task: 'running' }).context.taskId).toBe('task_test');
  });

  it.each([
    [{}, { subject: 'user_test', userId: 'user_test', tokenType: 'oauth_token', scopes: [] }],
    [{ userId: 'user_1' }, { subject: 'user_1', userId: 'user_1' }],
    [{ scopes: ['a'] }, { userId: 'user_test', scopes: ['a'] }],
  ])('completes the principal %j', (principal, whole) => {
    expect(createMcpContext({ principal }).context.principal).toMatchObject(whole);
  });

  it('has a principal without a user for a machine', () => {
    const principal = { tokenType: 'm2m_token', subject: 'mch_1' };
    const { context } = createMcpContext({ principal });
    expect(context.principal).toMatchObject(principal);
    expect(context.principal).not.toHaveProperty('userId');
  });

  it('records progress, if the client asks for it, and logs', async () => {
    const mcp = createMcpContext();
    await mcp.context.progress(1);
    await mcp.context.progress(2, 3, 'Two of three');
    expect(mcp.progress).toEqual([
      { progress: 1 },
      { progress: 2, total: 3, message: 'Two of three' },
    ]);
    await mcp.context.log('info', { a: 1 });
    await mcp.context.log('error', 'b', 'notes');
    expect(mcp.logs).toEqual([
      { level: 'info', data: { a: 1 } },
      { level: 'error', data: 'b', logger: 'notes' },
    ]);
    const silent = createMcpContext({ progressToken: false });
    await silent.context.progress(1);
    expect(silent.progress).toEqual([]);
  });

  it('gives the answers, validated as in a call', () => {
    const { context } = createMcpContext({
      answers: { sure: { sure: true }, name: { name: 7 }, page: 'accept', no: 'decline' },
      samples: {
        words: { role: 'assistant', model: 'm', content: { type: 'text', text: 'hi' } },
      },
      roots: { roots: [{ uri: 'file:///a' }] },
    });
    expect(context.accepted('sure', Sure)).toEqual({ sure: true });
    expect(context.accepted('name', Name)).toBeUndefined();
    expect(context.answer('page')).toMatchObject({ kind: 'elicit', action: 'accept' });
    expect(context.answer('no')).toMatchObject({ kind: 'elicit', action: 'decline' });
    expect(context.answer('words')).toMatchObject({ kind: 'sampling', result: { model: 'm' } });
    expect(context.answer('roots')).toMatchObject({ roots: [{ uri: 'file:///a' }] });
    expect(context.answer('other')).toEqual({ kind: 'missing' });
  });

  it('records questions and the state of a round, for the next one', async () => {
    const first = createMcpContext({ answers: { name: { name: 'Ada' } } });
    const result = await first.context.ask(
      { town: { form: { message: 'Town?', schema: Name } }, roots: { roots: true } },
      { name: 'Ada' },
    );
    expect(result).toMatchObject({ resultType: 'input_required', inputRequests: { town: {} } });
    expect(first.asked).toMatchObject([
      { key: 'town', form: { message: 'Town?' } },
      { key: 'roots', roots: true },
    ]);
    const { context } = createMcpContext({ state: first.state });
    expect(context.state()).toEqual({ name: 'Ada' });
    await first.context.elicit('sure', { message: 'Sure?', schema: Sure });
    await first.context.sample('words', { messages: [], maxTokens: 1 });
    expect(first.asked.map(({ key }) => key)).toEqual(['town', 'roots', 'sure', 'words']);
  });

  it('aborts by itself, and with a signal of the test', () => {
    const mcp = createMcpContext();
    const reason = new Error('gone');
    mcp.abort(reason);
    expect(mcp.context.signal.reason).toBe(reason);
    expect(mcp.context.isCancelled).toBe(true);
    const controller = new AbortController();
    const other = createMcpContext({ signal: controller.signal });
    controller.abort(reason);
    expect(other.context.signal.reason).toBe(reason);
  });

  it('tells that the handler ended its stream', () => {
    const mcp = createMcpContext();
    expect(mcp.closedStream).toBe(false);
    mcp.context.closeStream();
    expect(mcp.closedStream).toBe(true);
  });

  it('makes content blocks', () => {
    const { context } = createMcpContext();
    expect(context.image(Buffer.from('a'), 'image/png')).toMatchObject({ data: 'YQ==' });
  });
});

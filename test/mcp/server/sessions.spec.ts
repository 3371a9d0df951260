import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { McpNotifier } from '../../../src/mcp/server/mcp-notifier.js';
import { mcpApp, rpc, startMcpApp, within, type McpApp } from '../fixtures.js';
import { openSession, sessionCount } from './session-client.js';
import { ServedTools } from './tools.js';

let mcp: McpApp;
let tools: ServedTools;

beforeAll(async () => {
  mcp = await startMcpApp([ServedTools]);
  tools = mcp.app.get(ServedTools);
});
afterAll(() => mcp.app.close());

describe('a session', () => {
  it.each(['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'])(
    'is opened in revision %s',
    async (version) => {
      const session = await openSession(mcp.url, 'alice', version);
      expect(session.greeting).toContain(`"protocolVersion":"${version}"`);
      const { status } = await session.send('notifications/initialized', {}, 'alice');
      expect(status).toBe(200);
      expect(await (await session.call('about', {}, 'alice')).text()).toContain(version);
    },
  );

  it.each(['2026-07-28', '2099-01-01', '1.0'])(
    'is offered in the latest revision that has sessions where a client asks for %s',
    async (version) => {
      const { greeting } = await openSession(mcp.url, 'alice', version);
      expect(greeting).toContain('"protocolVersion":"2025-11-25"');
    },
  );

  it('belongs to the one who opened it: for all others it does not exist', async () => {
    const session = await openSession(mcp.url, 'alice');
    for (const stranger of ['bob', undefined]) {
      for (const attempt of [
        session.call('hello', {}, stranger),
        session.listen(stranger),
        session.delete(stranger),
      ]) {
        const response = await attempt;
        expect(response.status).toBe(404);
        expect(await response.json()).toMatchObject({ error: { code: -32001 } });
      }
    }
    expect((await session.call('hello', {}, 'alice')).status).toBe(200);
  });

  it('that nobody opened is 404 for everybody', async () => {
    for (const as of ['alice', undefined]) {
      const headers = { 'mcp-session-id': 'ffffffff-ffff-4fff-8fff-ffffffffffff' };
      const response = await rpc(mcp.url, 'tools/list', {}, { era: 'legacy', as, headers });
      expect(response.status).toBe(404);
    }
  });

  it('of an anonymous client is taken over by whoever signs in when it is told to', async () => {
    const session = await openSession(mcp.url);
    expect((await session.call('hello', {}, 'alice')).status, 'not asked to sign in').toBe(404);
    expect((await session.call('echo', { message: 'hi' })).status).toBe(401);
    expect(await (await session.call('hello', {}, 'alice')).text()).toContain('hello user_alice');
    expect((await session.call('hello')).status, 'no longer anonymous').toBe(404);
    expect((await session.call('hello', {}, 'bob')).status).toBe(404);
  });

  it('serves each request as its own caller: scopes are those of the request', async () => {
    const session = await openSession(mcp.url, 'alice:notes:write');
    expect((await session.call('write', {}, 'alice:notes:write')).status).toBe(200);
    expect((await session.call('write', {}, 'alice')).status).toBe(403);
    expect(await (await session.send('tools/list', {}, 'alice')).text()).not.toContain('"write"');
  });

  it('is opened once: a second initialize on it is refused', async () => {
    const session = await openSession(mcp.url, 'alice');
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'x', version: '1' },
    };
    expect((await session.send('initialize', params, 'alice')).status).toBe(400);
    expect((await session.call('hello', {}, 'alice')).status).toBe(200);
  });

  it('has one stream at a time: a new one takes over, and the one before it ends', async () => {
    const session = await openSession(mcp.url, 'alice');
    const streams: Response[] = [];
    for (let count = 0; count < 5; count += 1) {
      const stream = await session.listen('alice');
      expect(stream.status).toBe(200);
      await within(streams.at(-1)?.text() ?? Promise.resolve(''), 'the end of the one before');
      streams.push(stream);
    }
    await streams.at(-1)?.body?.cancel();
  });

  it('keeps its stream when another request for one was refused', async () => {
    const session = await openSession(mcp.url, 'alice');
    const stream = await session.listen('alice');
    const headers = { authorization: 'Bearer alice', 'mcp-session-id': session.id };
    const refused = [
      { ...headers, accept: 'application/json' },
      { ...headers, accept: 'text/event-stream', 'mcp-protocol-version': '1.0' },
      { ...headers, accept: 'text/event-stream', 'last-event-id': 'unknown' },
      { ...headers, accept: 'text/event-stream', authorization: 'Bearer bob' },
    ];
    for (const [at, status] of [406, 400, 400, 404].entries()) {
      const response = await fetch(mcp.url, { headers: refused[at] ?? {} });
      expect(response.status).toBe(status);
      await response.text();
    }
    mcp.app.get(McpNotifier).toolsChanged();
    const reader = stream.body?.getReader();
    const { value } =
      (await within(reader?.read() ?? Promise.reject(new Error('no body')), 'the change')) ?? {};
    expect(new TextDecoder().decode(value)).toContain('tools/list_changed');
    await reader?.cancel();
  });

  it('ends with DELETE, also while a call is running, which is aborted', async () => {
    const before = sessionCount(mcp.app);
    const session = await openSession(mcp.url, 'alice');
    const stream = await session.listen('alice');
    const running = session.call('wait', { name: 'deleted' }, 'alice');
    await within(tools.until('deleted', 'waiting'), 'the call');
    expect((await session.delete('alice')).status).toBe(200);
    await within(tools.until('deleted', 'aborted'), 'the abort');
    await within((await running).text(), 'the end of the call');
    await within(stream.text(), 'the end of the stream');
    expect((await session.call('hello', {}, 'alice')).status).toBe(404);
    expect((await session.delete('alice')).status).toBe(404);
    expect(sessionCount(mcp.app)).toBe(before);
  });

  it('survives a client that vanishes in the middle of a call', async () => {
    const session = await openSession(mcp.url, 'alice');
    const vanish = new AbortController();
    const running = rpc(
      mcp.url,
      'tools/call',
      { name: 'wait', arguments: { name: 'vanished' } },
      {
        era: 'legacy',
        as: 'alice',
        headers: { 'mcp-session-id': session.id },
        signal: vanish.signal,
      },
    ).then((response) => response.text());
    const gone = expect(running).rejects.toThrow();
    await within(tools.until('vanished', 'waiting'), 'the call');
    vanish.abort();
    await gone;
    expect((await session.call('hello', {}, 'alice')).status).toBe(200);
    await session.delete('alice');
    await within(tools.until('vanished', 'aborted'), 'the abort');
  });
});

describe('too many sessions', () => {
  it('of one principal close its least used one', async () => {
    const { app, url } = await mcpApp([ServedTools], { sessions: { maxPerPrincipal: 2 } });
    const [first, second] = [await openSession(url, 'alice'), await openSession(url, 'alice')];
    const bobs = await openSession(url, 'bob');
    expect((await first.call('hello', {}, 'alice')).status).toBe(200);
    const third = await openSession(url, 'alice');
    expect((await second.call('hello', {}, 'alice')).status).toBe(404);
    for (const [session, as] of [
      [first, 'alice'],
      [third, 'alice'],
      [bobs, 'bob'],
    ] as const) {
      expect((await session.call('hello', {}, as)).status).toBe(200);
    }
    expect(sessionCount(app)).toBe(3);
  });

  it('of all together are refused with 503, until one ends', async () => {
    const { url } = await mcpApp([ServedTools], { sessions: { max: 2 } });
    const session = await openSession(url, 'alice');
    await openSession(url, 'bob');
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'x', version: '1' },
    };
    const full = await rpc(url, 'initialize', params, { era: 'legacy', as: 'carol' });
    expect(full.status).toBe(503);
    expect(full.headers.get('retry-after')).toBe('30');
    expect(await full.json()).toMatchObject({ jsonrpc: '2.0', error: { code: -32000 } });
    await session.delete('alice');
    expect((await openSession(url, 'carol')).id).not.toBe('');
  });

  it('that were left behind are swept once they have idled', async () => {
    const { app, url } = await mcpApp([ServedTools], { sessions: { idleMs: 1, max: 100 } });
    for (let index = 0; index < 5; index += 1) await openSession(url, `user ${index}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await openSession(url, 'late');
    expect(sessionCount(app)).toBe(1);
  });
});

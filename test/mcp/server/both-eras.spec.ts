import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CLIENT_MODES, connect, type ClientMode, type McpClient } from '../clients.js';
import { rpc, startMcpApp, within, type McpApp } from '../fixtures.js';
import { ServedTools } from './tools.js';

let mcp: McpApp;
let tools: ServedTools;

beforeAll(async () => {
  mcp = await startMcpApp([ServedTools]);
  tools = mcp.app.get(ServedTools);
});
afterAll(() => mcp.app.close());

describe.each(CLIENT_MODES)('a %s client', (mode: ClientMode, protocol) => {
  const legacy = protocol !== '2026-07-28';
  let alice: McpClient;

  beforeEach(async () => {
    alice = await connect(mode, mcp.url, 'alice');
  });

  it('lists exactly the tools that it may call, and to nobody those that a sign-in opens', async () => {
    const names = async (client: McpClient) =>
      (await client.listTools()).tools.map(({ name }) => name);
    const all = ['about', 'deaf', 'echo', 'hello', 'steps', 'wait'];
    expect(await names(alice)).toEqual(all);
    expect(await names(await connect(mode, mcp.url))).toEqual([...all, 'write']);
    expect(await names(await connect(mode, mcp.url, 'alice:notes:write'))).toEqual([
      ...all,
      'write',
    ]);
  });

  it('calls a tool and gets structured content beside text', async () => {
    const { structuredContent, content } = await alice.callTool('echo', { message: 'hi' });
    expect(structuredContent).toEqual({ message: 'hi', user: 'user_alice', protocol });
    expect(JSON.parse(content[0]?.text ?? '')).toEqual(structuredContent);
  });

  it('is known to the tool by name, revision and session', async () => {
    const { structuredContent } = await alice.callTool('about');
    expect(structuredContent).toEqual({
      client: `client ${mode}`,
      protocolVersion: protocol,
      requestId: expect.stringMatching('number|string'),
      session: legacy ? 'string' : 'undefined',
    });
    expect(typeof alice.sessionId).toBe(legacy ? 'string' : 'undefined');
  });

  it('is told of bad arguments in the result', async () => {
    const { isError, content } = await alice.callTool('echo', { message: 5 });
    expect(isError).toBe(true);
    expect(content[0]?.text).toMatch(/^Invalid input for echo: message: /);
  });

  it('gets -32602 for an unknown tool', async () => {
    await expect(alice.callTool('missing')).rejects.toMatchObject({ code: -32602 });
  });

  it('calls public tools without a token, and is turned away from others', async () => {
    const nobody = await connect(mode, mcp.url);
    expect((await nobody.callTool('hello')).content[0]?.text).toBe('hello stranger');
    await expect(nobody.callTool('echo', { message: 'hi' })).rejects.toThrow();
    expect((await nobody.callTool('hello')).content[0]?.text).toBe('hello stranger');
  });

  it('is turned away from a tool whose scope it lacks, and goes on', async () => {
    await expect(alice.callTool('write')).rejects.toThrow();
    expect((await alice.callTool('hello')).content[0]?.text).toBe('hello user_alice');
  });

  it('hears of the progress of a call, in order', async () => {
    const heard: unknown[] = [];
    await alice.callTool('steps', {}, { onprogress: (progress) => heard.push(progress) });
    expect(heard).toEqual(
      [1, 2, 3].map((progress) => ({ progress, total: 3, message: `step ${progress}` })),
    );
  });

  it('may call with progress and without, in turns', async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      const heard: unknown[] = [];
      await alice.callTool('steps', {}, { onprogress: (progress) => heard.push(progress) });
      expect((await alice.callTool('steps')).content[0]?.text).toBe('done');
      expect(heard).toHaveLength(3);
    }
  });

  it('hears log messages of the level it asked for, and of no other', async () => {
    const heard: unknown[] = [];
    alice.onLog((data) => heard.push(data));
    const level = 'warning';
    if (legacy) await alice.setLoggingLevel(level);
    const _meta = { 'io.modelcontextprotocol/logLevel': level };
    await alice.callTool('steps', {}, legacy ? {} : { _meta });
    expect(heard).toEqual(['careful']);
    if (legacy) return;
    await alice.callTool('steps');
    expect(heard, 'silent where a request asks for nothing').toHaveLength(1);
  });

  it('cancels a call, which the tool notices', async () => {
    const name = `cancelled by ${mode}`;
    const abort = new AbortController();
    const call = alice.callTool('wait', { name }, { signal: abort.signal });
    const outcome = expect(call).rejects.toThrow();
    await within(tools.until(name, 'waiting'), 'the call');
    abort.abort();
    await outcome;
    await within(tools.until(name, 'aborted'), 'the abort');
    expect((await alice.callTool('hello')).content[0]?.text).toBe('hello user_alice');
  });

  it('works beside others at once', async () => {
    const messages = Array.from({ length: 20 }, (_, index) => `message ${index}`);
    const outcomes = await Promise.all(
      messages.map((message) => alice.callTool('echo', { message })),
    );
    expect(outcomes.map(({ structuredContent }) => structuredContent.message)).toEqual(messages);
  });

  if (legacy) {
    it('pings, and ends its session', async () => {
      await expect(alice.ping()).resolves.toEqual({});
      const { sessionId = '' } = alice;
      await alice.terminateSession();
      const gone = await rpc(
        mcp.url,
        'ping',
        {},
        {
          era: 'legacy',
          as: 'alice',
          headers: { 'mcp-session-id': sessionId },
        },
      );
      expect(gone.status).toBe(404);
    });
  }
});

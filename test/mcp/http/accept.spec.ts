import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADAPTERS, createAdapter } from '../../support/adapters.js';
import { rawPost, sendRaw } from '../../support/raw-socket.js';
import { able, answerOf } from '../answer.js';
import { rpc, startMcpApp, within, type McpApp } from '../fixtures.js';
import { Gate, SlowEntries } from '../server/slow-entries.js';
import { ServedTools } from '../server/tools.js';

const NEITHER = ['text/html', 'application/xml, text/plain', '*/*;q=0', 'application/json;q=0'];
const BOTH = 'application/json, text/event-stream';

const INITIALIZE = {
  protocolVersion: '2025-11-25',
  capabilities: { elicitation: {} },
  clientInfo: { name: 'raw', version: '1' },
};

describe.each(ADAPTERS)('Accept, on %s', (adapter) => {
  describe.each([true, false])('with the fast path: %s', (fastPath) => {
    let mcp: McpApp;
    beforeAll(async () => {
      mcp = await startMcpApp([Gate, SlowEntries, ServedTools], {
        adapter: createAdapter(adapter),
        fastPath,
      });
    });
    afterAll(() => mcp.app.close());

    const initialize = (accept: string) =>
      rpc(mcp.url, 'initialize', INITIALIZE, {
        era: 'legacy',
        as: 'alice',
        headers: { accept },
      });

    async function session(accept: string): Promise<Record<string, string>> {
      const opened = await initialize(accept);
      await opened.text();
      const id = opened.headers.get('mcp-session-id') ?? '';
      return { accept, 'mcp-session-id': id, 'mcp-protocol-version': '2025-11-25' };
    }

    const call = (name: string, headers: Record<string, string>, params: object = {}) =>
      rpc(
        mcp.url,
        'tools/call',
        { name, arguments: {}, ...params },
        { era: 'mcp-session-id' in headers ? 'legacy' : 'modern', as: 'alice', headers },
      );

    it.each(NEITHER)('%s is 406 for each request, which says what to send', async (accept) => {
      const { 'mcp-session-id': id = '' } = await session(BOTH);
      const modern = { as: 'alice', headers: { accept } };
      const legacy = { era: 'legacy', ...modern } as const;
      const inSession = { ...legacy, headers: { accept, 'mcp-session-id': id } };
      const hello = { name: 'hello', arguments: {} };
      const answers = [
        await rpc(mcp.url, 'tools/call', hello, modern),
        await rpc(mcp.url, 'server/discover', {}, modern),
        await rpc(mcp.url, 'tools/call', hello, legacy),
        await rpc(mcp.url, 'tools/call', hello, inSession),
        await rpc(mcp.url, 'ping', {}, inSession),
        await initialize(accept),
      ];
      for (const response of answers) {
        expect(response.status).toBe(406);
        expect(await response.json()).toMatchObject({
          jsonrpc: '2.0',
          id: expect.any(Number),
          error: { code: -32_000, message: expect.stringContaining(`Accept: ${BOTH}`) },
        });
      }
    });

    it('a refusal comes before the form of the answer', async () => {
      const response = await rpc(
        mcp.url,
        'tools/call',
        { name: 'echo', arguments: { message: 'hi' } },
        { headers: { accept: 'text/html' } },
      );
      expect(response.status).toBe(401);
    });

    it.each(['application/json', 'application/*', 'APPLICATION/JSON;q=0.5, text/event-stream;q=0'])(
      'a client of %s gets JSON on a session, from initialize to its end',
      async (accept) => {
        const opened = await initialize(accept);
        expect(opened.headers.get('content-type')).toBe('application/json');
        expect(await opened.json()).toMatchObject({
          result: { protocolVersion: '2025-11-25', serverInfo: { name: 'test' } },
        });
        const headers = {
          accept,
          'mcp-session-id': opened.headers.get('mcp-session-id') ?? '',
          'mcp-protocol-version': '2025-11-25',
        };
        const legacy = { era: 'legacy', as: 'alice', headers } as const;
        const notified = await fetch(mcp.url, {
          method: 'POST',
          headers: {
            ...headers,
            authorization: 'Bearer alice',
            'content-type': 'application/json',
          },
          body: JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }),
        });
        expect(notified.status).toBe(202);
        for (const [method, params] of [
          ['ping', {}],
          ['tools/list', {}],
          ['tools/call', { name: 'quick', arguments: {} }],
          ['tools/call', { name: 'logs', arguments: {} }],
          ['tools/call', { name: 'steps', arguments: {}, _meta: { progressToken: 1 } }],
          ['tools/call', { name: 'leaves', arguments: {} }],
          ['prompts/get', { name: 'prompt', arguments: { topic: 'x' } }],
          ['resources/read', { uri: 'slow://fixed' }],
          ['logging/setLevel', { level: 'debug' }],
        ] as const) {
          const response = await within(rpc(mcp.url, method, params, legacy), method);
          expect([method, response.status, response.headers.get('content-type')]).toEqual([
            method,
            200,
            'application/json',
          ]);
          expect(response.headers.get('mcp-session-id')).toBe(headers['mcp-session-id']);
          expect(await response.json()).toMatchObject({ id: expect.any(Number), result: {} });
        }
        const unknown = await rpc(mcp.url, 'tools/call', { name: 'nothing' }, legacy);
        expect(await unknown.json()).toMatchObject({ error: { code: -32_602 } });
        const ended = await fetch(mcp.url, {
          method: 'DELETE',
          headers: { ...headers, authorization: 'Bearer alice' },
        });
        expect(ended.status).toBe(200);
      },
    );

    it('a client of JSON gets JSON of a 2026-07-28 call that says something before', async () => {
      const _meta = { 'io.modelcontextprotocol/logLevel': 'debug', progressToken: 1 };
      const response = await call('steps', { accept: 'application/json' }, { _meta });
      expect(response.headers.get('content-type')).toMatch(/^application\/json/);
      expect((await answerOf(response)).result.content[0].text).toBe('done');
      const both = await call('steps', { accept: BOTH }, { _meta });
      expect(both.headers.get('content-type')).toBe('text/event-stream');
      expect(await both.text()).toContain('careful');
    });

    it('a call of JSON that its client cancels is answered', async () => {
      const headers = await session('application/json');
      const id = 'to be cancelled';
      const post = (message: object) =>
        fetch(mcp.url, {
          method: 'POST',
          headers: {
            ...headers,
            authorization: 'Bearer alice',
            'content-type': 'application/json',
          },
          body: JSON.stringify({ jsonrpc: '2.0', ...message }),
        });
      const tools = mcp.app.get(ServedTools);
      const name = `cancelled ${adapter} ${fastPath}`;
      const params = { name: 'wait', arguments: { name } };
      const running = post({ id, method: 'tools/call', params });
      await within(tools.until(name, 'waiting'), 'the call');
      await post({ method: 'notifications/cancelled', params: { requestId: id } });
      await within(tools.until(name, 'aborted'), 'the abort');
      // It ends at the latest with its session.
      await fetch(mcp.url, {
        method: 'DELETE',
        headers: { ...headers, authorization: 'Bearer alice' },
      });
      const response = await within(running, 'the answer');
      expect(await response.json()).toMatchObject({ id, error: { code: -32_000 } });
    });

    it('an event stream needs a client of event streams', async () => {
      const { 'mcp-session-id': id = '' } = await session(BOTH);
      const listen = (accept: string, headers: Record<string, string> = {}) =>
        fetch(mcp.url, { headers: { accept, authorization: 'Bearer alice', ...headers } });
      const params = { notifications: { toolsListChanged: true } };
      for (const accept of ['application/json', 'text/event-stream;q=0, */*']) {
        const headers = { accept };
        const answers = [
          await listen(accept, { 'mcp-session-id': id }),
          await rpc(mcp.url, 'subscriptions/listen', params, { as: 'alice', headers }),
        ];
        for (const response of answers) {
          expect(response.status).toBe(406);
          expect(await response.text()).toContain('Accept: text/event-stream"');
        }
      }
      for (const accept of ['TEXT/EVENT-STREAM', 'text/*', '*/*']) {
        const { 'mcp-session-id': another = '' } = await session(BOTH);
        const open = await listen(accept, { 'mcp-session-id': another });
        expect([accept, open.status]).toEqual([accept, 200]);
        await open.body?.cancel();
      }
    });

    it('repeated headers are one list', async () => {
      const body = JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'quick', arguments: {} },
      });
      const sent = (...accepts: string[]) =>
        sendRaw(
          mcp.url,
          rawPost(
            '/mcp',
            [
              ['Host', new URL(mcp.url).host],
              ['Content-Type', 'application/json'],
              ['Authorization', 'Bearer alice'],
              ...accepts.map((accept) => ['Accept', accept] as const),
            ],
            body,
          ),
        );
      expect((await sent('text/html', 'application/json')).status).toBe(200);
      expect((await sent('text/html', 'image/png')).status).toBe(406);
    });

    it('a client of JSON is not asked, and the call ends', async () => {
      const headers = await session('application/json');
      const text = await within((await call('asks', headers)).text(), 'the answer');
      expect(text).toContain('cannot be asked');
      const modern = await call('asks', { accept: 'application/json' }, able({ elicitation: {} }));
      expect((await answerOf(modern)).result.resultType).toBe('input_required');
    });
  });
});

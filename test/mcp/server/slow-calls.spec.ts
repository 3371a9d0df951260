import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BEAT_MS, Heartbeat } from '../../../src/mcp/server/heartbeat.js';
import { McpTaskStore } from '../../../src/mcp/tasks/task-store.js';
import { ADAPTERS, createAdapter } from '../../support/adapters.js';
import { SilenceProxy } from '../../support/silence-proxy.js';
import { able } from '../answer.js';
import { rpc, startMcpApp, within, type McpApp } from '../fixtures.js';
import { Gate, ScopedEntries, SlowEntries, SlowRoutes, SlowTaskStore } from './slow-entries.js';
import {
  ASKED,
  BOTH,
  CAPABLE,
  WAYS,
  messagesIn,
  outcome,
  read,
  tool,
  type Asked,
  type Way,
} from './slow-requests.js';

const SLOW = [SlowEntries, ScopedEntries];

for (const adapter of ADAPTERS) {
  for (const fastPath of [true, false]) {
    for (const [wayName, way] of Object.entries<Way>(WAYS)) {
      const title = `${wayName}, ${fastPath ? 'on the fast path' : 'through the SDK'}, on ${adapter}`;
      describe(title, () => {
        let mcp: McpApp;
        let gate: Gate;
        const heartbeat = new Heartbeat();

        beforeAll(async () => {
          gate = new Gate();
          mcp = await startMcpApp([Gate, ...SLOW], {
            adapter: createAdapter(adapter),
            fastPath,
            legacy: way.legacy,
            seamTimeoutMs: 600_000,
            metadata: { controllers: [SlowRoutes] },
            override: (builder) =>
              builder
                .overrideProvider(Gate)
                .useValue(gate)
                .overrideProvider(Heartbeat)
                .useValue(heartbeat)
                .overrideProvider(McpTaskStore)
                .useValue(new SlowTaskStore(gate)),
          });
        });
        afterAll(() => mcp.app.close());

        /** Headers of a new session, where this way has one. */
        async function sessionHeaders(accept = BOTH): Promise<Record<string, string>> {
          const { revision } = way;
          if (revision === undefined) return {};
          const params = {
            protocolVersion: revision,
            capabilities: { elicitation: {} },
            clientInfo: { name: 'raw', version: '1' },
          };
          const opened = await rpc(mcp.url, 'initialize', params, {
            era: 'legacy',
            as: 'alice',
            headers: { accept },
          });
          await opened.text();
          return {
            'mcp-session-id': opened.headers.get('mcp-session-id') ?? '',
            'mcp-protocol-version': revision,
          };
        }

        function ask(
          url: string,
          { method, params, headers: own }: Asked,
          headers: Record<string, string> = {},
        ): Promise<Response> {
          const modern = way.era === 'modern';
          return rpc(
            url,
            method,
            { ...params, ...(modern && able(CAPABLE)) },
            {
              era: way.era,
              as: 'alice',
              headers: { accept: BOTH, ...own, ...headers },
            },
          );
        }

        /** The message that answers this at once. */
        async function quickly(asked: Asked, headers: Record<string, string> = {}) {
          const answer = await read(await ask(mcp.url, asked, headers));
          return outcome(answer.messages.at(-1));
        }

        const beat = () => heartbeat.beat();

        const asked = Object.entries(ASKED).filter(([, { era }]) => !era || era === way.era);
        it.each(asked)('%s is a stream that is never silent', async (_, what) => {
          const session = await sessionHeaders();
          const expected = await quickly(what, session);
          const proxy = await SilenceProxy.start(mcp.url);
          const arrived = gate.close();
          const response = ask(proxy.url, what, session);
          await within(arrived, 'the handler');
          await proxy.pass(8, beat, BEAT_MS);
          gate.open();
          const answer = await read(await within(response, 'the head of the answer'));
          expect([answer.status, answer.type]).toEqual([200, 'text/event-stream']);
          expect(answer.messages.map(outcome)).toEqual([expected]);
          expect(answer.text).toMatch(/^: keep-alive$/m);
          const named = (await response).headers.get('mcp-session-id');
          expect(named).toBe(session['mcp-session-id'] ?? null);
        });

        it.each(asked)('%s is one JSON body for a client of JSON', async (_, what) => {
          const session = await sessionHeaders('application/json');
          const expected = await quickly(what, session);
          const arrived = gate.close();
          let isAnswered = false;
          const response = ask(mcp.url, what, { ...session, accept: 'application/json' });
          void response.then(() => (isAnswered = true));
          await within(arrived, 'the handler');
          for (let passed = 0; passed < 8; passed += 1) beat();
          await read(await ask(mcp.url, tool('quick'), { ...session, accept: 'application/json' }));
          expect(isAnswered).toBe(false);
          gate.open();
          const answer = await read(await within(response, 'the answer'));
          expect(answer.status).toBe(200);
          expect(answer.type).toMatch(/^application\/json/);
          expect(answer.messages.map(outcome)).toEqual([expected]);
        });

        it('a client of streams alone gets a stream of a quick call too', async () => {
          const session = await sessionHeaders('text/event-stream');
          const headers = { ...session, accept: 'text/event-stream' };
          const answer = await read(await ask(mcp.url, tool('quick'), headers));
          expect([answer.status, answer.type]).toEqual([200, 'text/event-stream']);
          expect(answer.messages).toMatchObject([{ result: { content: [{ text: 'quick' }] } }]);
        });

        it('a client of anything that names no session gets JSON', async () => {
          const session = await sessionHeaders('*/*');
          const arrived = gate.close();
          const response = ask(mcp.url, tool('waits'), { ...session, accept: '*/*' });
          await within(arrived, 'the handler');
          for (let passed = 0; passed < 8; passed += 1) beat();
          gate.open();
          const answer = await read(await within(response, 'the answer'));
          const form = way.revision === undefined ? /^application\/json/ : /^text\/event-stream/;
          expect(answer.type).toMatch(form);
          expect(answer.messages.map(outcome)).toEqual([await quickly(tool('waits'), session)]);
        });

        // Later revisions have no batches.
        const { revision = '2025-03-26' } = way;
        if (way.era === 'legacy' && revision === '2025-03-26') {
          it.each([BOTH, 'application/json'])('a batch is answered to %s', async (accept) => {
            const session = await sessionHeaders(accept);
            const proxy = await SilenceProxy.start(mcp.url);
            const arrived = gate.close();
            const response = fetch(proxy.url, {
              method: 'POST',
              headers: {
                'content-type': 'application/json',
                authorization: 'Bearer alice',
                accept,
                ...session,
              },
              body: JSON.stringify([
                { jsonrpc: '2.0', id: 'a', method: 'tools/call', params: { name: 'waits' } },
                { jsonrpc: '2.0', id: 'b', method: 'ping' },
              ]),
            });
            await within(arrived, 'the handler');
            if (accept === BOTH) await proxy.pass(8, beat, BEAT_MS);
            gate.open();
            const answer = await read(await within(response, 'the head of the answer'));
            expect(answer.type).toContain(accept === BOTH ? 'event-stream' : 'json');
            const byId = Object.fromEntries(answer.messages.map((one) => [one.id, outcome(one)]));
            expect(byId).toEqual({ a: await quickly(tool('waits')), b: { result: {} } });
          });
        }

        if (way.revision !== undefined) {
          it('a question and its answer are never silent', async () => {
            const session = await sessionHeaders();
            const proxy = await SilenceProxy.start(mcp.url);
            const response = await ask(proxy.url, tool('asks'), session);
            const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
            let text = '';
            const until = async (words: string): Promise<void> => {
              while (!text.includes(words)) text += (await reader?.read())?.value ?? '';
            };
            await within(until('elicitation/create'), 'the question');
            await proxy.pass(8, beat, BEAT_MS);
            const arrived = gate.close();
            const { id } = messagesIn(text).find(({ method }) => method === 'elicitation/create');
            const result = { action: 'accept', content: { sure: true } };
            const answered = await fetch(mcp.url, {
              method: 'POST',
              headers: {
                'content-type': 'application/json',
                authorization: 'Bearer alice',
                accept: BOTH,
                ...session,
              },
              body: JSON.stringify({ jsonrpc: '2.0', id, result }),
            });
            expect(answered.status).toBe(202);
            await within(arrived, 'the next round');
            await proxy.pass(8, beat, BEAT_MS);
            gate.open();
            await within(until('sure: true'), 'the result');
            expect(text).toMatch(/^: keep-alive$/m);
          });

          it('a question to a client of JSON is refused, and its call ends', async () => {
            const session = await sessionHeaders('application/json');
            const headers = { ...session, accept: 'application/json' };
            const { messages } = await read(await ask(mcp.url, tool('asks'), headers));
            expect(JSON.stringify(messages)).toContain('cannot be asked');
          });
        }
      });
    }
  }
}

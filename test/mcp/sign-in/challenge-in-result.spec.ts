import { describe, expect, it } from 'vitest';
import { AuditSink } from '../../../src/extend.js';
import { answerOf, type Answer } from '../answer.js';
import { KeptEvents } from '../audit/audited-app.js';
import { mcpApp, rpc, type McpAppOptions, type RpcOptions } from '../fixtures.js';
import { RawSession } from '../server/session-client.js';
import { ClosedEntries, OpenEntries } from './mixed-entries.js';

const CHATGPT = 'openai-mcp (ChatGPT)';
const INFO = 'io.modelcontextprotocol/clientInfo';
const PATHS = [
  ['fast path', true],
  ['SDK', false],
] as const;

/** Each way in which a client says who it is, and a call of `closed` by it. */
const WAYS: readonly (readonly [string, (url: string, name: string) => Promise<Response>])[] = [
  ['the User-Agent, 2026-07-28', (url, name) => callClosed(url, { headers: agent(name) })],
  ['the User-Agent, 2025', (url, name) => callClosed(url, { era: 'legacy', headers: agent(name) })],
  ['its _meta, 2026-07-28', (url, name) => callClosed(url, {}, name)],
  ['its session', async (url, name) => (await sessionOf(url, name)).call('closed')],
];

const agent = (name: string) => ({ 'user-agent': name });

function callClosed(url: string, options: RpcOptions, client?: string): Promise<Response> {
  const _meta = client === undefined ? {} : { _meta: { [INFO]: { name: client, version: '1' } } };
  return rpc(url, 'tools/call', { name: 'closed', arguments: {}, ..._meta }, options);
}

async function sessionOf(url: string, name: string): Promise<RawSession> {
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name, version: '1' },
  };
  const response = await rpc(url, 'initialize', params, { era: 'legacy' });
  return new RawSession(url, response.headers.get('mcp-session-id') ?? '', await response.text());
}

async function start(options: McpAppOptions = {}) {
  const sink = new KeptEvents('refusals');
  const providers = [OpenEntries, ClosedEntries, { provide: AuditSink, useValue: sink }];
  return { ...(await mcpApp(providers, options)), sink };
}

function expectChallenge({ status, headers, result }: Answer): void {
  expect(status).toBe(200);
  expect(headers.get('www-authenticate')).toBeNull();
  expect(result).toMatchObject({
    isError: true,
    content: [{ type: 'text', text: 'This needs a signed-in user. Sign in and try again.' }],
    _meta: { 'mcp/www_authenticate': ['Bearer'] },
  });
}

async function expectRefusal(response: Response): Promise<void> {
  await response.body?.cancel();
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toBe('Bearer');
}

describe.each(PATHS)(
  'On the way of the %s, a client that challengeInResult names',
  (_path, fastPath) => {
    it.each(WAYS)('gets the challenge in the result, known by %s', async (_way, send) => {
      const { url, sink } = await start({ fastPath });
      expectChallenge(await answerOf(await send(url, CHATGPT)));
      const inResult = await sink.take(1);
      await expectRefusal(await send(url, 'another client'));
      const asStatus = await sink.take(1);
      const told = ({ requestId: _id, time: _time, ...event }: any) => event;
      expect(inResult.map(told)).toEqual(asStatus.map(told));
      expect(inResult).toMatchObject([
        { type: 'decision', method: 'tools/call', decision: 'refused', reason: 'unauthenticated' },
      ]);
    });

    it.each(['connect', 'call'] as const)('gets 401 in the mode %s', async (signIn) => {
      const { url } = await start({ fastPath, signIn });
      await expectRefusal(await callClosed(url, { headers: agent(CHATGPT) }));
    });

    it('gets 401 for other requests, and for a token that is refused', async () => {
      const { url } = await start({ fastPath });
      const headers = agent(CHATGPT);
      await expectRefusal(await rpc(url, 'resources/read', { uri: 'info://closed' }, { headers }));
      await expectRefusal(await rpc(url, 'prompts/get', { name: 'closedPrompt' }, { headers }));
      const bad = await callClosed(url, { headers, as: 'bad' });
      expect(bad.status).toBe(401);
    });

    it('gets its result where somebody is signed in, and what it lacks as others do', async () => {
      const { url } = await start({ fastPath });
      const headers = agent(CHATGPT);
      const { result } = await answerOf(await callClosed(url, { headers, as: 'alice' }));
      expect(result).toMatchObject({ content: [{ text: 'closed' }] });
      const scoped = await rpc(url, 'tools/call', { name: 'scoped' }, { headers, as: 'alice' });
      expect(scoped.status).toBe(403);
    });

    it('has a session that is taken over after the sign-in, once', async () => {
      const { url } = await start({ fastPath });
      const session = await sessionOf(url, CHATGPT);
      expectChallenge(await answerOf(await session.call('closed')));
      const { result } = await answerOf(await session.call('closed', {}, 'alice'));
      expect(result).toMatchObject({ content: [{ text: 'closed' }] });
      expect((await session.call('closed', {}, 'bob')).status).toBe(404);
      expect((await session.call('open')).status).toBe(404);
    });

    it('gets the answers to a whole batch', async () => {
      const { url } = await start({ fastPath });
      const message = (id: number, name: string) => ({
        jsonrpc: '2.0',
        id,
        method: 'tools/call',
        params: { name, arguments: {} },
      });
      const send = (name: string) =>
        fetch(url, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            accept: 'application/json, text/event-stream',
            'mcp-protocol-version': '2025-03-26',
            'user-agent': name,
          },
          body: JSON.stringify([message(1, 'open'), message(2, 'closed')]),
        });
      await expectRefusal(await send('another'));
      const answers = (await (await send(CHATGPT)).json()) as any[];
      const byId = new Map(answers.map(({ id, result }) => [id, result]));
      expect(byId.get(1)).toMatchObject({ content: [{ text: 'open' }] });
      expect(byId.get(2)).toMatchObject({ _meta: { 'mcp/www_authenticate': ['Bearer'] } });
    });
  },
);

describe('The names of challengeInResult', () => {
  it('are parts, without regard to case', async () => {
    const { url } = await start({ challengeInResult: ['My-Agent'] });
    expectChallenge(await answerOf(await callClosed(url, { headers: agent('the my-AGENT/2') })));
    await expectRefusal(await callClosed(url, { headers: agent(CHATGPT) }));
  });

  it('may be none', async () => {
    const { url } = await start({ challengeInResult: [] });
    await expectRefusal(await callClosed(url, { headers: agent(CHATGPT) }));
  });
});

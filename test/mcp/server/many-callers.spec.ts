import { Agent, request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CLIENT_MODES, connect } from '../clients.js';
import { MODERN, call, startMcpApp, within, type McpApp } from '../fixtures.js';
import { openSession, sessionCount } from './session-client.js';
import { ServedTools } from './tools.js';

let mcp: McpApp;
beforeAll(async () => {
  mcp = await startMcpApp([ServedTools]);
});
afterAll(() => mcp.app.close());

it('two users and a stranger on one keep-alive connection stay who they are', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const sockets = new Set<unknown>();
  const ask = (as: string | undefined): Promise<string> =>
    new Promise((resolve, reject) => {
      const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'hello' } };
      const headers = {
        'content-type': 'application/json',
        ...(as !== undefined && { authorization: `Bearer ${as}` }),
      };
      const sent = request(mcp.url, { method: 'POST', agent, headers }, (response) => {
        sockets.add(response.socket);
        let text = '';
        response.on('data', (chunk) => (text += chunk));
        response.on('end', () => resolve(JSON.parse(text).result.content[0].text));
      });
      sent.on('error', reject);
      sent.end(JSON.stringify(body));
    });
  const callers = ['alice', undefined, 'bob', 'alice', undefined, undefined, 'bob'];
  const greetings: string[] = [];
  for (const as of callers) greetings.push(await ask(as));
  agent.destroy();
  expect(greetings).toEqual(callers.map((as) => (as ? `hello user_${as}` : 'hello stranger')));
  expect(sockets.size).toBe(1);
});

it('600 calls at once, of many users, eras and sessions, are never mixed up', async () => {
  const users = ['alice', 'bob', 'carol', 'dave', 'erin'];
  const sessions = await Promise.all(users.map((as) => openSession(mcp.url, as)));
  const calls = Array.from({ length: 600 }, async (_, index) => {
    const user = index % users.length;
    const as = users[user] ?? '';
    const message = `message ${index} of ${as}`;
    const args = { message, delayMs: (index * 7) % 13 };
    if (index % 3 === 0) {
      const text = (await (await sessions[user]?.call('echo', args, as))?.text()) ?? '';
      return { text, as, message };
    }
    const outcome = await call(mcp.url, 'echo', args, {
      as,
      era: index % 3 === 1 ? 'modern' : 'legacy',
    });
    return { text: JSON.stringify(outcome), as, message };
  });
  for (const { text, as, message } of await Promise.all(calls)) {
    expect(text).toContain(`"user":"user_${as}"`);
    expect(text).toContain(`"message":"${message}"`);
    for (const other of users) if (other !== as) expect(text).not.toContain(`user_${other}`);
  }
});

it('official clients of all modes and several users work side by side', async () => {
  const before = sessionCount(mcp.app);
  const clients = await Promise.all(
    CLIENT_MODES.flatMap(([mode]) =>
      ['alice', 'bob'].map(async (as) => ({ as, client: await connect(mode, mcp.url, as) })),
    ),
  );
  const outcomes = clients.flatMap(({ as, client }) =>
    Array.from({ length: 10 }, async (_, index) => {
      const { structuredContent } = await client.callTool('echo', {
        message: `${index}`,
        delayMs: index % 3,
      });
      expect(structuredContent).toMatchObject({ message: `${index}`, user: `user_${as}` });
    }),
  );
  await Promise.all(outcomes);
  expect(sessionCount(mcp.app)).toBe(before + 4);
});

it.each(['modern', 'legacy'] as const)(
  'a client that vanishes in the middle of a %s call aborts it',
  async (era) => {
    const tools = mcp.app.get(ServedTools);
    const vanish = new AbortController();
    const name = `vanished ${era}`;
    const running = call(mcp.url, 'wait', { name }, { era, signal: vanish.signal });
    const gone = expect(running).rejects.toThrow();
    await within(tools.until(name, 'waiting'), 'the call');
    vanish.abort();
    await gone;
    await within(tools.until(name, 'aborted'), 'the abort');
    expect((await call(mcp.url, 'hello', {}, { era })).status).toBe(200);
  },
);

it('a body that arrives in pieces is the same request', async () => {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
  const pieces = new ReadableStream({
    async start(controller) {
      for (const piece of body.match(/.{1,9}/g) ?? []) {
        controller.enqueue(new TextEncoder().encode(piece));
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      controller.close();
    },
  });
  const headers = { 'content-type': 'application/json', 'mcp-protocol-version': '2025-11-25' };
  const init: RequestInit = { method: 'POST', headers, body: pieces, duplex: 'half' };
  expect(await (await fetch(mcp.url, init)).json()).toMatchObject({ id: 1, result: {} });
  expect(MODERN).toBe('2026-07-28');
});

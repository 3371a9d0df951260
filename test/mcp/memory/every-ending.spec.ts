import { connect, type Socket } from 'node:net';
import { Injectable } from '@nestjs/common';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Public } from '../../../src/access/access.decorators.js';
import { ServiceDrain } from '../../../src/drain/service-drain.js';
import { McpResourceTemplate } from '../../../src/mcp/authoring/mcp-resource.decorator.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import type { McpContext } from '../../../src/mcp/authoring/mcp-context.js';
import { MemoryBudget } from '../../../src/mcp/protocol/memory-budget.js';
import { McpEventStores } from '../../../src/mcp/server/event-stores.js';
import { ADAPTERS, createAdapter } from '../../support/adapters.js';
import { MODERN, mcpApp, rpc } from '../fixtures.js';
import { openSession } from '../server/session-client.js';
import { eventually } from '../../support/within.js';

const LARGE = 200_000;

@Injectable()
@Public()
class Tools {
  /** Lets the calls go that wait. */
  readonly waiting: (() => void)[] = [];

  @McpTool({ description: 'Waits' })
  async wait() {
    await new Promise<void>((resolve) => this.waiting.push(resolve));
    return 'x'.repeat(LARGE);
  }

  @McpTool({ description: 'Answers much' })
  much() {
    return 'x'.repeat(LARGE);
  }

  @McpTool({ description: 'Says something first' })
  async say(_input: unknown, context: McpContext) {
    await context.progress(1, 2);
    return 'x'.repeat(1_000);
  }

  @McpResourceTemplate({ uriTemplate: 'doc://{id}' })
  read() {
    return '';
  }
}

describe.each(ADAPTERS)('the memory of the process on %s', (name) => {
  async function start() {
    const tools = new Tools();
    const warnings: string[] = [];
    const onwarning = (warning: Error) => void warnings.push(warning.name);
    process.on('warning', onwarning);
    onTestFinished(() => void process.off('warning', onwarning));
    const adapter = createAdapter(name, 2 * LARGE);
    const { app, url } = await mcpApp([{ provide: Tools, useValue: tools }], { adapter });
    const { bodies, answers, sessions, events } = app.get(MemoryBudget, { strict: false });
    const drain = app.get(ServiceDrain, { strict: false });
    const stores: Map<string, unknown> = Reflect.get(app.get(McpEventStores), 'stores');
    const used = () => ({
      stores: stores.size,
      bodies: bodies.used,
      answers: answers.used,
      sessions: sessions.used,
      events: events.used,
      requests: drain.openRequests,
    });
    return { app, url, tools, used, warnings };
  }
  const NOTHING = { stores: 0, bodies: 0, answers: 0, sessions: 0, events: 0, requests: 0 };

  const open = (url: string): Socket => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
    return socket;
  };

  const post = (body: string, { length = body.length, chunked = false, session = '' } = {}) =>
    [
      'POST /mcp HTTP/1.1',
      'Host: localhost',
      'Content-Type: application/json',
      'Accept: application/json, text/event-stream',
      ...(session === '' ? [] : [`Mcp-Session-Id: ${session}`]),
      chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`,
      '',
      chunked ? `${body.length.toString(16)}\r\n${body}\r\n` : body,
    ].join('\r\n');

  const message = (tool: string, filler = 0) =>
    JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: {
        name: tool,
        arguments: { filler: 'x'.repeat(filler) },
        _meta: { progressToken: 1 },
      },
    });

  const listen = (filler = 0) =>
    rpcBody('subscriptions/listen', {
      notifications: { resourceSubscriptions: ['doc://a'] },
      filler: 'x'.repeat(filler),
    });

  it('is given back by requests that wait behind another one when their connection closes', async () => {
    const { url, tools, used } = await start();
    const socket = open(url);
    socket.write(post(message('wait')));
    await eventually(() => expect(tools.waiting).toHaveLength(1));
    // None of these is served before the first one is answered.
    socket.write(post(message('wait', LARGE)) + post(listen()) + post(message('much', LARGE)));
    await eventually(() => expect(used()).toMatchObject({ requests: 4 }));
    await eventually(() => expect(used().bodies).toBeGreaterThan(4 * LARGE));
    expect(used().answers).toBe(0);
    socket.destroy();
    await eventually(() => expect(used()).toEqual(NOTHING));
    tools.waiting.forEach((go) => go());
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(used()).toEqual(NOTHING);
  });

  it('is given back however requests, streams and sessions end', async () => {
    const { app, url, tools, used, warnings } = await start();
    const sockets: Socket[] = [];
    const send = (text: string, { isRead = true } = {}) => {
      const socket = open(url);
      if (isRead) socket.resume();
      else socket.pause();
      sockets.push(socket);
      socket.write(text);
    };
    for (let round = 0; round < 5; round += 1) {
      send(post(message('much', LARGE), { length: 2 * LARGE }));
      send(post(message('much', LARGE).slice(0, -1), { chunked: true }));
      send(post('x'.repeat(3 * LARGE), { chunked: true }));
      send(post(`{"a":${'['.repeat(LARGE)}`));
      send(post(message('wait', LARGE)));
      send(post(message('much')), { isRead: false });
      send(post(message('much', LARGE)) + post(message('much', LARGE)), { isRead: false });
      send(post(listen(LARGE)));
      // Nobody knows of a session whose client does not take the answer.
      await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'text/plain' },
        body: rpcBody('initialize', { protocolVersion: '2025-11-25', capabilities: {} }),
      });
      const session = await openSession(url);
      await session.send('resources/subscribe', { uri: `doc://${round}` });
      await (await session.call('say')).text();
      send(post(message('wait', LARGE), { session: session.id }));
      const stream = await session.listen();
      if (round === 1) await session.delete();
      if (round === 2) await stream.body?.cancel();
    }
    await eventually(() => expect(tools.waiting).toHaveLength(10));
    for (const socket of sockets.filter((_socket, index) => index % 2 === 0)) socket.destroy();
    tools.waiting.splice(0, 5).forEach((go) => go());
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const socket of sockets) socket.destroy();
    await eventually(() => expect(used()).toMatchObject({ bodies: 0, answers: 0 }));
    tools.waiting.forEach((go) => go());
    await app.close();
    expect(used()).toEqual(NOTHING);
    expect(warnings).toEqual([]);
  });

  it('holds of the request of a stream what the stream needs', async () => {
    const { url, used } = await start();
    const socket = open(url);
    const head = [`MCP-Protocol-Version: ${MODERN}`, 'Mcp-Method: subscriptions/listen'].join(
      '\r\n',
    );
    const answered = new Promise((resolve) => socket.once('data', resolve));
    socket.write(post(listen(LARGE)).replace('\r\n', `\r\n${head}\r\n`));
    await answered;
    expect(used().bodies).toBeGreaterThan(0);
    expect(used().bodies).toBeLessThan(10_000);
    socket.destroy();
    await eventually(() => expect(used()).toEqual(NOTHING));
  });
});

describe('the memory of sessions', () => {
  it('counts what is kept of the request that opens one, and nothing else', async () => {
    const { app, url } = await mcpApp([Tools]);
    const { sessions } = app.get(MemoryBudget, { strict: false });
    const open = (params: object) =>
      rpc(
        url,
        'initialize',
        { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: INFO, ...params },
        { era: 'legacy' },
      );
    const costOf = async (params: object) => {
      const before = sessions.used;
      await open(params);
      return sessions.used - before;
    };
    const one = await costOf({});
    // The SDK answers what has more members than a plain request.
    const bySdk = await costOf({ filler: '' });
    expect(await costOf({ filler: 'x'.repeat(50_000) })).toBe(bySdk);
    const named = await costOf({ clientInfo: { ...INFO, name: 'x'.repeat(1_000) } });
    expect(named - one).toBeGreaterThan(1_900);
    expect(named - one).toBeLessThan(2_100);
  });

  it('goes from anonymous sessions to one that subscribes', async () => {
    const limit = 10 * 1024 * 1024;
    const { app, url } = await mcpApp([Tools], { limits: { memoryBytes: limit } });
    const { sessions } = app.get(MemoryBudget, { strict: false });
    const clients = [];
    for (let count = 0; count < 12; count += 1) {
      const session = await openSession(url);
      for (let at = 0; at < 15; at += 1) {
        const uri = `doc://${String(at).padEnd(8_000, 'x')}`;
        await session.send('resources/subscribe', { uri });
        expect(sessions.excess).toBe(0);
      }
      clients.push(session);
    }
    const alive = await Promise.all(clients.map(async (one) => (await one.call('say')).status));
    expect(alive[0]).toBe(404);
    expect(alive.at(-1)).toBe(200);
  });
});

const INFO = { name: 'test', version: '1' };

function rpcBody(method: string, params: object): string {
  return JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method,
    params: {
      _meta: {
        'io.modelcontextprotocol/protocolVersion': MODERN,
        'io.modelcontextprotocol/clientCapabilities': {},
      },
      clientInfo: INFO,
      ...params,
    },
  });
}

import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Public } from '../../../src/access/access.decorators.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { MemoryBudget } from '../../../src/mcp/protocol/memory-budget.js';
import type { McpLimits } from '../../../src/mcp/protocol/mcp-limits.js';
import { ADAPTERS, createAdapter } from '../../support/adapters.js';
import { call, mcpApp } from '../fixtures.js';
import { ServedTools } from '../server/tools.js';
import { rawRequest } from './raw-request.js';
import { eventually } from '../../support/within.js';

const MB = 1024 * 1024;

@Public()
class LargeAnswer {
  @McpTool({ description: 'Answers more than the buffers of a connection hold' })
  large() {
    return 'x'.repeat(32 * MB);
  }
}

describe.each(ADAPTERS)('the body of a request on %s', (name) => {
  const start = async (limits: McpLimits = {}) => {
    const adapter = createAdapter(name, 5 * MB);
    const { app, url } = await mcpApp([ServedTools], { adapter, limits });
    const { bodies } = app.get(MemoryBudget, { strict: false });
    return { app, url, bodies };
  };

  const headers = (length: number) => [
    'POST /mcp HTTP/1.1',
    'Host: localhost',
    'Content-Type: application/json',
    'Accept: application/json, text/event-stream',
    `Content-Length: ${length}`,
  ];

  /** A client that sends the beginning of a body, and then no more. */
  const halfSent = async (url: string, length: number, sent: string) => {
    const { hostname, port } = new URL(url);
    const socket: Socket = connect(Number(port), hostname);
    onTestFinished(() => void socket.destroy());
    const answer = new Promise<string>((resolve) => {
      let received = '';
      socket.on('data', (chunk) => (received += chunk.toString('latin1')));
      socket.on('close', () => resolve(received));
      socket.on('error', () => undefined);
    });
    socket.write(`${headers(length).join('\r\n')}\r\n\r\n${sent}`);
    return { socket, answer };
  };

  const messageWith = (argument: string) =>
    `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"hello","arguments":{"x":${argument}}}}`;

  // Express parses bodies for the whole application, before any route.
  if (name === 'fastify') {
    it('is refused for its type before it is parsed', async () => {
      const { url } = await start();
      const parsed = vi.spyOn(String.prototype, 'charCodeAt');
      onTestFinished(() => parsed.mockRestore());
      const form = 'a=1&'.repeat(20_000);
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: form,
      });
      expect(response.status).toBe(415);
      expect(await response.json()).toMatchObject({ jsonrpc: '2.0', error: { code: -32000 } });
      expect(parsed.mock.contexts.some((text) => String(text) === form)).toBe(false);
    });
  }

  it('is refused for its nesting before it is parsed, with an answer', async () => {
    const { url } = await start({ nesting: 20 });
    // No JSON at all: a parser would say so.
    for (const body of [
      messageWith('['.repeat(2 * MB)),
      messageWith('['.repeat(18)),
      '['.repeat(50),
    ]) {
      const { status, body: answer } = await rawRequest(url, headers(body.length), body);
      expect(status).toBe(400);
      expect(JSON.parse(answer)).toMatchObject({ jsonrpc: '2.0', error: { code: -32600 } });
    }
    const fits = messageWith(`${'['.repeat(15)}${']'.repeat(15)}`);
    const { status } = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: fits,
    });
    expect(status).toBe(200);
  });

  it('is refused for the number of its values', async () => {
    const { url } = await start({ values: 1_000 });
    const body = messageWith(`[${'[],'.repeat(100_000)}1]`);
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: -32600 } });
    expect((await call(url, 'hello')).text).toBe('hello user_alice');
  });

  it('is refused for the number of members of its objects', async () => {
    const { url } = await start({ members: 1_000 });
    const names = Array.from({ length: 2_000 }, (_, at) => `"k${at}":1`);
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: messageWith(`{${names.join()}}`),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: -32600 } });
  });

  it('is answered 408 when it does not come in time', async () => {
    const { url, bodies } = await start({ bodyMs: 100 });
    const { answer } = await halfSent(url, MB, '{"a":"xxxx');
    expect(await answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(bodies.used).toBe(0);
  });

  it('gives way, where there is no room, to one that is sent in one go', async () => {
    const { url, bodies } = await start({ memoryBytes: 10 * MB });
    const slow = await halfSent(url, 2 * MB, `{"a":"${'x'.repeat(MB)}`);
    await eventually(() => expect(bodies.used).toBeGreaterThan(MB));
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: messageWith(JSON.stringify('x'.repeat(MB))),
    });
    expect(response.status).toBe(200);
    expect(await slow.answer).toMatch(/^HTTP\/1\.1 503 [^]*retry-after: 5/i);
    await eventually(() => expect(bodies.used).toBe(0));
  });

  it('is refused while too many answers wait to be read', async () => {
    const { app, url } = await start();
    const { answers } = app.get(MemoryBudget, { strict: false });
    const status = async (length: number) => {
      const body = messageWith(JSON.stringify('x'.repeat(length)));
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
      return (await fetch(url, init)).status;
    };
    answers.take(answers.limit + 1);
    expect([await status(MB), await status(100)]).toEqual([503, 200]);
    answers.give(answers.limit + 1);
    expect(await status(MB)).toBe(200);
  });

  it('counts until its request is over, however that ends', async () => {
    const { url, bodies } = await start();
    const first = await halfSent(url, MB, `{"a":"${'x'.repeat(100_000)}`);
    await eventually(() => expect(bodies.used).toBeGreaterThan(100_000));
    first.socket.destroy();
    await eventually(() => expect(bodies.used).toBe(0));
    const text = JSON.stringify('x'.repeat(MB));
    await rawRequest(
      url,
      [...headers(messageWith(text).length), 'Connection: close'],
      messageWith(text),
    );
    await eventually(() => expect(bodies.used).toBe(0));
  });

  it('is given back once its answer is complete, although nobody reads that', async () => {
    const adapter = createAdapter(name, 5 * MB);
    const { app, url } = await mcpApp([LargeAnswer], { adapter });
    const { bodies, answers } = app.get(MemoryBudget, { strict: false });
    const body = messageWith(`"${'x'.repeat(MB)}"`).replace('hello', 'large');
    const { socket } = await halfSent(url, body.length, '');
    const closed = vi.fn<() => void>();
    socket.on('close', closed).removeAllListeners('data').pause();
    socket.write(body);
    await eventually(() => expect(answers.used).toBeGreaterThan(MB));
    expect(bodies.used).toBe(0);
    expect(closed).not.toHaveBeenCalled();
  });

  it('is refused where it would have to be decoded first', async () => {
    const { url } = await start();
    for (const type of ['application/json; charset=utf-16', 'application/json; charset=utf-32']) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': type },
        body: Buffer.from(messageWith('1'), 'utf16le'),
      });
      expect([400, 415]).toContain(response.status);
    }
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: 'x',
    });
    expect([400, 415]).toContain(response.status);
    expect(await response.json()).toMatchObject({ jsonrpc: '2.0' });
  });
});

import { PassThrough, Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { Public } from '../../../src/access/access.decorators.js';
import type { McpContext } from '../../../src/mcp/authoring/mcp-context.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { McpModule } from '../../../src/mcp/mcp.module.js';
import { McpStdio } from '../../../src/mcp/stdio/mcp-stdio.js';
import { ENVELOPE } from '../../support/mcp-request.js';
import { within } from '../../support/within.js';

@Injectable()
class Tools {
  aborted = 0;

  @Public()
  @McpTool({
    description: 'Takes its time',
    input: z.object({ ms: z.number(), length: z.number().optional() }),
  })
  async slow({ ms, length = 0 }: { ms: number; length?: number | undefined }) {
    await pause(ms);
    return 'x'.repeat(length);
  }

  @Public()
  @McpTool({ description: 'Never ends' })
  async stuck(_input: unknown, { signal }: McpContext) {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    this.aborted += 1;
  }
}

/** Reads slowly: one chunk at a time, after a pause. */
class SlowReader extends Writable {
  text = '';

  constructor(private readonly ms = 0) {
    super({ highWaterMark: 1 });
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    setTimeout(() => {
      this.text += chunk.toString();
      done();
    }, this.ms);
  }

  get answers(): readonly { id: number; result?: any; error?: any }[] {
    return this.text
      .trimEnd()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  }
}

async function start({ drainMs = 30_000, readMs = 0 } = {}) {
  @Module({ imports: [McpModule.forRoot({ name: 'host', version: '1.0.0' })], providers: [Tools] })
  class Host {}
  const app = await NestFactory.createApplicationContext(Host, { logger: false });
  onTestFinished(() => app.close());
  const [stdin, stdout] = [new PassThrough(), new SlowReader(readMs)];
  const { closed } = await app.get(McpStdio).connect({ stdin, stdout, drainMs });
  return { stdin, stdout, closed: within(closed, 'the end'), tools: app.get(Tools) };
}

const request = (id: number, method: string, params: object = {}) =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params: { ...params, _meta: ENVELOPE } });
const call = (id: number, name: string, args: object = {}) =>
  request(id, 'tools/call', { name, arguments: args });
const legacy = (id: number, method: string, params: object = {}) =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params });
const INITIALIZE = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'raw', version: '1' },
};

const idsOf = (stdout: SlowReader) => stdout.answers.map(({ id }) => id).toSorted((a, b) => a - b);

describe('stdio, when its input ends', () => {
  it.each(['', '\n'])('answers what was asked, with the last line ending in %j', async (end) => {
    const { stdin, stdout, closed } = await start();
    stdin.end(`${call(1, 'slow', { ms: 100 })}${end}`);
    await closed;
    expect(stdout.answers).toEqual([
      expect.objectContaining({ id: 1, result: expect.objectContaining({ content: [TEXT] }) }),
    ]);
  });

  it('answers several requests that came at once, in a few pieces', async () => {
    const { stdin, stdout, closed } = await start();
    const calls = Array.from({ length: 20 }, (_, id) => call(id, 'slow', { ms: (id * 7) % 50 }));
    const bytes = `${calls.join('\n')}\n`;
    for (let at = 0; at < bytes.length; at += 777) stdin.write(bytes.slice(at, at + 777));
    stdin.end();
    await closed;
    expect(idsOf(stdout)).toEqual(calls.map((_, id) => id));
  });

  it('answers clients of the 2025 era, who initialize first', async () => {
    const { stdin, stdout, closed } = await start();
    const args = { name: 'slow', arguments: { ms: 50 } };
    stdin.write(`${legacy(1, 'initialize', INITIALIZE)}\n`);
    stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
    stdin.end(`${legacy(2, 'tools/call', args)}\n${legacy(3, 'ping')}\n`);
    await closed;
    expect(idsOf(stdout)).toEqual([1, 2, 3]);
    expect(stdout.answers.every(({ result }) => result)).toBe(true);
  });

  it('ends at once where nothing was asked, and where all is answered', async () => {
    for (const input of ['', `${call(1, 'slow', { ms: 0 })}\n`]) {
      const { stdin, stdout, closed } = await start();
      stdin.end(input);
      await closed;
      expect(stdout.answers).toHaveLength(input === '' ? 0 : 1);
    }
  });

  it('waits neither for a subscription nor for a cancelled call', async () => {
    const { stdin, closed } = await start({ drainMs: 2 ** 30 });
    const notifications = { toolsListChanged: true };
    stdin.write(`${request(1, 'subscriptions/listen', { notifications })}\n`);
    stdin.write(`${call(2, 'stuck')}\n`);
    const cancelled = { jsonrpc: '2.0', method: 'notifications/cancelled' };
    stdin.end(`${JSON.stringify({ ...cancelled, params: { requestId: 2 } })}\n`);
    await closed;
  });

  it('aborts a call that never ends after the time to drain', async () => {
    const { stdin, stdout, closed, tools } = await start({ drainMs: 300 });
    stdin.end(`${call(1, 'stuck')}\n${call(2, 'slow', { ms: 0 })}\n`);
    await closed;
    expect(tools.aborted).toBe(1);
    expect(idsOf(stdout)).toContain(2);
  });

  it('loses nothing on a slow reader', async () => {
    const { stdin, stdout, closed } = await start({ readMs: 20 });
    const calls = Array.from({ length: 10 }, (_, id) =>
      call(id, 'slow', { ms: 0, length: 100_000 }),
    );
    stdin.end(`${calls.join('\n')}\n`);
    await closed;
    expect(idsOf(stdout)).toEqual(calls.map((_, id) => id));
  });

  it('does not wait for a reader that never reads', async () => {
    const { stdin, closed } = await start({ drainMs: 200, readMs: 2 ** 30 });
    stdin.end(`${call(1, 'slow', { ms: 0 })}\n`);
    await closed;
  });

  it('serves a client that closed its end before the server was ready', async () => {
    @Module({
      imports: [McpModule.forRoot({ name: 'host', version: '1.0.0' })],
      providers: [Tools],
    })
    class Host {}
    const app = await NestFactory.createApplicationContext(Host, { logger: false });
    onTestFinished(() => app.close());
    const [stdin, stdout] = [new PassThrough(), new SlowReader()];
    stdin.end(`${call(1, 'slow', { ms: 0 })}\n`);
    const { closed } = await app.get(McpStdio).connect({ stdin, stdout });
    await within(closed, 'the end');
    expect(idsOf(stdout)).toEqual([1]);
  });
});

const TEXT = { type: 'text', text: '' };

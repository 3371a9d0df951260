import { PassThrough, Writable } from 'node:stream';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Public } from '../../../src/access/access.decorators.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { McpModule } from '../../../src/mcp/mcp.module.js';
import { McpStdio } from '../../../src/mcp/stdio/mcp-stdio.js';
import { ENVELOPE } from '../../support/mcp-request.js';
import { within } from '../../support/within.js';

@Injectable()
class Tools {
  @Public()
  @McpTool({ description: 'Says hello' })
  hello() {
    return '[hello]';
  }
}

/** Collects what is written; a blocked one reads nothing. */
class Sink extends Writable {
  text = '';
  written = 0;

  constructor(private readonly isBlocked = false) {
    super({ highWaterMark: 1 });
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    if (!this.isBlocked) done();
  }

  override write(...args: any[]): boolean {
    this.written += 1;
    return (super.write as any)(...args);
  }

  get answers(): readonly any[] {
    return this.text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  }
}

async function start({ isBlocked = false, drainMs = 60_000 } = {}) {
  @Module({ imports: [McpModule.forRoot({ name: 'host', version: '1.0.0' })], providers: [Tools] })
  class Host {}
  const app = await NestFactory.createApplicationContext(Host, { logger: false });
  onTestFinished(() => app.close());
  const [stdin, stdout] = [new PassThrough(), new Sink(isBlocked)];
  const { closed } = await app.get(McpStdio).connect({ stdin, stdout, drainMs });
  return { stdin, stdout, closed: within(closed, 'the end') };
}

const ping = (id: number) => ({ jsonrpc: '2.0', id, method: 'ping' });
const call = (id: number) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name: 'hello', arguments: { list: ['[', '\n['] }, _meta: ENVELOPE },
});
const REFUSED = {
  jsonrpc: '2.0',
  id: null,
  error: { code: -32600, message: expect.stringContaining('Send each message in a line') },
};

/** What a batch looks like on a line. */
const BATCHES = [
  JSON.stringify([ping(1), ping(2)]),
  JSON.stringify([call(1)]),
  '[]',
  ' \t[ ]\r',
  '[not JSON',
  `[${' '.repeat(300_000)}]`,
];

describe('A batch over stdio', () => {
  it.each(BATCHES.map((batch) => [batch.slice(0, 30), batch]))(
    'is refused once: %j',
    async (_, batch) => {
      const { stdin, stdout, closed } = await start();
      const lines = [JSON.stringify(call(7)), batch, JSON.stringify(call(8)), '', batch];
      stdin.end(lines.join('\n'));
      await closed;
      const refused = stdout.answers.filter(({ id }) => id === null);
      expect(refused).toEqual([REFUSED, REFUSED]);
      const answered = stdout.answers.filter(({ result }) => result?.content);
      expect(answered.map(({ id }) => id)).toEqual([7, 8]);
    },
  );

  it.each([1, 2, 5])('is found in pieces of %i bytes', async (size) => {
    const { stdin, stdout, closed } = await start();
    const messages = [call(1), [ping(2)], call(3), [], [call(4)], call(5)];
    const bytes = `${messages.map((message) => `  ${JSON.stringify(message)}\n\n`).join('')}[`;
    for (let at = 0; at < bytes.length; at += size) stdin.write(bytes.slice(at, at + size));
    stdin.end();
    await closed;
    const answered = stdout.answers.filter(({ id }) => id !== null);
    expect(answered.map(({ id }) => id)).toEqual([1, 3, 5]);
    expect(answered.every(({ result }) => result.content[0].text === '[hello]')).toBe(true);
    expect(stdout.answers.filter(({ id }) => id === null)).toHaveLength(4);
  });

  it('keeps a bounded number of answers for a client that does not read', async () => {
    const { stdin, stdout, closed } = await start({ isBlocked: true, drainMs: 0 });
    stdin.end('[]\n'.repeat(50_000));
    await closed;
    expect(stdout.written).toBeGreaterThan(1);
    expect(stdout.written).toBeLessThan(200);
  });
});

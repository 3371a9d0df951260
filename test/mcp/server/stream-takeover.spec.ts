import { connect, type Socket } from 'node:net';
import { Injectable } from '@nestjs/common';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod';
import { Public } from '../../../src/access/access.decorators.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import type { McpContext } from '../../../src/mcp/authoring/mcp-context.js';
import { McpNotifier } from '../../../src/mcp/server/mcp-notifier.js';
import { ADAPTERS, createAdapter } from '../../support/adapters.js';
import { eventually } from '../../support/within.js';
import { mcpApp, startMcpApp, within, type McpApp } from '../fixtures.js';
import { heldBy, NOTHING_HELD, Reading, WireSession } from './wire-session.js';

/** A tool whose calls write what the test tells them. */
@Injectable()
@Public()
class Writers {
  private readonly writers = new Map<
    string,
    { write: (number: number) => Promise<void>; finish: () => void }
  >();

  @McpTool({ description: 'Writes', input: z.object({ tag: z.string() }) })
  async write({ tag }: { tag: string }, context: McpContext) {
    await context.log('warning', 0);
    await new Promise<void>((finish) => {
      this.writers.set(tag, { write: (number) => context.log('warning', number), finish });
    });
    return 'the answer';
  }

  async of(tag: string) {
    return eventually(() => {
      const writer = this.writers.get(tag);
      if (!writer) throw new Error(`${tag} does not run`);
      return writer;
    });
  }
}

let tags = 0;

describe.each(ADAPTERS)('the streams of a session on %s', (adapter) => {
  let mcp: McpApp;
  let writers: Writers;
  beforeAll(async () => {
    mcp = await startMcpApp([Writers], { adapter: createAdapter(adapter) });
    writers = mcp.app.get(Writers);
  });
  afterAll(() => mcp.app.close());

  const numbersIn = ({ messages }: Reading): unknown[] =>
    messages.flatMap(({ method, params, result }) => {
      if (result) return [result.content[0].text];
      return method === 'notifications/message' ? [params.data] : [];
    });

  async function call(session: WireSession) {
    const tag = `w${(tags += 1)}`;
    const response = session.post({
      jsonrpc: '2.0',
      id: tag,
      method: 'tools/call',
      params: { name: 'write', arguments: { tag } },
    });
    const writer = await writers.of(tag);
    const reading = new Reading(await response);
    await eventually(() => expect(numbersIn(reading)).toEqual([0]));
    return { writer, reading };
  }

  const resume = async (session: WireSession, { ids }: Reading): Promise<Reading> => {
    const response = await session.get(ids.at(-1));
    expect(response.status).toBe(200);
    return new Reading(response);
  };

  it('are resumed at once while the call goes on, though the earlier connection is alive', async () => {
    const session = await WireSession.open(mcp.url);
    const { writer, reading } = await call(session);
    await writer.write(1);
    await eventually(() => expect(numbersIn(reading)).toEqual([0, 1]));
    const second = await resume(session, reading);
    await within(reading.ended, 'the end of the earlier connection');
    await writer.write(2);
    await eventually(() => expect(numbersIn(second)).toEqual([2]));
    const third = await resume(session, second);
    await within(second.ended, 'the end of the second connection');
    writer.finish();
    await within(third.ended, 'the answer');
    expect([reading, second, third].map(numbersIn)).toEqual([[0, 1], [2], ['the answer']]);
    await eventually(() => expect(heldBy(mcp.app, session.id)).toEqual(NOTHING_HELD));
  });

  it('are resumed at once when the connection broke, and replay the rest of an ended call', async () => {
    const session = await WireSession.open(mcp.url);
    const { writer, reading } = await call(session);
    await reading.drop();
    await writer.write(1);
    const second = await resume(session, reading);
    await eventually(() => expect(numbersIn(second)).toEqual([1]));
    await second.drop();
    await writer.write(2);
    writer.finish();
    await eventually(() => expect(heldBy(mcp.app, session.id)).toEqual(NOTHING_HELD));
    for (const [from, rest] of [
      [reading, [1, 2, 'the answer']],
      [second, [2, 'the answer']],
      [second, [2, 'the answer']],
    ] as const) {
      const last = await resume(session, from);
      await within(last.ended, 'the end of the replay');
      expect(numbersIn(last)).toEqual(rest);
      // Clients come back when a stream ends without a result: there is nothing more to come for.
      const done = await session.get(last.ids.at(-1));
      expect([done.status, await done.text()]).toEqual([204, '']);
    }
  });

  it('are resumed by the owner of the session alone, and only by events that it had', async () => {
    const session = await WireSession.open(mcp.url);
    const other = await WireSession.open(mcp.url, '2025-11-25', 'bob');
    const { writer, reading } = await call(session);
    const id = reading.ids.at(-1);
    expect((await session.get(id, 'bob')).status).toBe(404);
    expect((await other.get(id)).status).toBe(400);
    expect((await session.get(`${id}0`)).status).toBe(400);
    writer.finish();
    await within(reading.ended, 'the answer');
    expect(numbersIn(reading)).toEqual([0, 'the answer']);
  });

  it('give each event once and in order, wherever connections break', async () => {
    const step = fc.constantFrom('write', 'write', 'read', 'break', 'resume');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 12 }), async (steps) => {
        const session = await WireSession.open(mcp.url);
        const { writer, reading } = await call(session);
        const heard: unknown[] = [];
        let current = reading;
        let lastId = reading.ids.at(-1);
        const take = async () => {
          await current.drop();
          heard.push(...numbersIn(current));
          lastId = current.ids.at(-1) ?? lastId;
        };
        const reconnect = async () => {
          const response = await session.get(lastId);
          expect(response.status).toBe(200);
          current = new Reading(response);
        };
        let written = 0;
        const pending: Promise<void>[] = [];
        for (const one of steps) {
          if (one === 'write') pending.push(writer.write((written += 1)));
          else if (one === 'read') await new Promise((resolve) => setImmediate(resolve));
          else if (one === 'break') await current.drop();
          else await take().then(reconnect);
        }
        await Promise.all(pending);
        await take().then(reconnect);
        writer.finish();
        await within(current.ended, 'the answer');
        heard.push(...numbersIn(current));
        const all = Array.from({ length: written + 1 }, (_, at) => at);
        expect(heard).toEqual([...all, 'the answer']);
        await session.delete();
      }),
      { numRuns: 15 },
    );
  });

  it('follow a client whose connection died unnoticed', async () => {
    const session = await WireSession.open(mcp.url);
    const dead = openDeadStream(mcp.url, session);
    await eventually(() => expect(heldBy(mcp.app, session.id).exchanges).toBe(1));
    const newest = new Reading(await session.get());
    expect(newest.response.status).toBe(200);
    mcp.app.get(McpNotifier).toolsChanged();
    await eventually(() => expect(newest.text).toContain('list_changed'));
    // The connection before is closed or waits for another request; its response has ended.
    await eventually(() => expect(heldBy(mcp.app, session.id).exchanges).toBe(1));
    await newest.drop();
    dead.destroy();
    await eventually(() => expect(heldBy(mcp.app, session.id)).toEqual(NOTHING_HELD));
  });

  it('tell each change on one stream only', async () => {
    const session = await WireSession.open(mcp.url);
    const readings: Reading[] = [];
    for (let count = 0; count < 4; count += 1) {
      readings.push(new Reading(await session.get()));
      mcp.app.get(McpNotifier).toolsChanged();
      await eventually(() => expect(readings.at(-1)?.text).toContain('list_changed'));
    }
    for (const reading of readings.slice(0, -1)) await within(reading.ended, 'the end');
    expect(readings.map(({ messages }) => messages.length)).toEqual([1, 1, 1, 1]);
    await readings.at(-1)?.drop();
  });
});

/** Opens the stream of a session, and reads nothing of it. */
function openDeadStream(url: string, session: WireSession): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).pause();
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  const lines = Object.entries({
    ...session.headers(),
    accept: 'text/event-stream',
    host: 'localhost',
  });
  socket.write(
    ['GET /mcp HTTP/1.1', ...lines.map(([name, value]) => `${name}: ${value}`), '', ''].join(
      '\r\n',
    ),
  );
  return socket;
}

it('a stream that takes over needs no room for another one', async () => {
  const { url } = await mcpApp([Writers], { maxStreamsPerPrincipal: 1 });
  const session = await WireSession.open(url);
  const other = await WireSession.open(url);
  const readings: Reading[] = [];
  for (let count = 0; count < 3; count += 1) {
    const response = await session.get();
    expect(response.status).toBe(200);
    readings.push(new Reading(response));
    expect((await other.get()).status).toBe(429);
  }
  await readings.at(-1)?.drop();
  await eventually(async () => {
    const response = await other.get();
    expect(response.status).toBe(200);
    await response.body?.cancel();
  });
});

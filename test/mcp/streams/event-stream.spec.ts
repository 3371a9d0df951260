import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventConnection } from '../../../src/mcp/server/event-connection.js';
import { EventStream } from '../../../src/mcp/server/event-stream.js';
import { InProcessEventStores } from '../../../src/mcp/server/event-stores.js';
import { messagesIn } from '../answer.js';

const event = (number: number): JSONRPCMessage => ({
  jsonrpc: '2.0',
  method: 'notifications/message',
  params: { number },
});

class FakeResponse extends EventEmitter {
  destroyed = false;

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

/** A client of one stream, which remembers the last event of which it has read. */
class Client {
  readonly numbers: number[] = [];
  lastEventId: string | undefined;
  connection: EventConnection | undefined;
  private buffered = '';
  private reading: Promise<void> | undefined;

  connect(): EventConnection {
    const connection = new EventConnection(
      new FakeResponse() as FakeResponse & ServerResponse,
      3_600_000,
    );
    this.connection = connection;
    this.buffered = '';
    this.reading = this.read(connection);
    return connection;
  }

  /** Takes what has arrived on the newest connection. */
  take(): void {
    const whole = this.buffered.lastIndexOf('\n\n') + 2;
    const text = whole > 1 ? this.buffered.slice(0, whole) : '';
    this.buffered = this.buffered.slice(text.length);
    for (const message of messagesIn(text)) this.numbers.push(message.params.number);
    this.lastEventId = [...text.matchAll(/^id: (.+)$/gm)].at(-1)?.[1] ?? this.lastEventId;
  }

  async ended(): Promise<void> {
    await this.reading;
    this.take();
  }

  private async read(connection: EventConnection): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of connection.body) {
      if (connection === this.connection) this.buffered += decoder.decode(chunk);
    }
  }
}

describe('EventStream', () => {
  it('gives its client each event once and in order, however often it reconnects', async () => {
    const step = fc.constantFrom('emit', 'emit', 'take', 'break', 'resume', 'resume', 'wait');
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(step, { minLength: 2, maxLength: 40 }),
        async (scheduler, steps) => {
          const store = new InProcessEventStores().create();
          // The store is asked in order, and answers in any order.
          const stream = new EventStream('s', {
            storeEvent: (...stored) => {
              const id = store.storeEvent(...stored);
              return scheduler.schedule(id, 'store') as Promise<string>;
            },
            replayEventsAfter: async (id, { send }) => {
              await scheduler.schedule(Promise.resolve(), 'before the replay');
              const found = await store.replayEventsAfter(id, { send });
              await scheduler.schedule(Promise.resolve(), 'after the replay');
              return found;
            },
          });
          const settle = async () => {
            do {
              await scheduler.waitAll();
              await new Promise((resolve) => setImmediate(resolve));
            } while (scheduler.count() > 0);
          };
          const client = new Client();
          stream.connect(client.connect());
          const pending: Promise<unknown>[] = [stream.prime(1, [])];
          await settle();
          client.take();
          expect(client.lastEventId).toBeDefined();
          let emitted = 0;
          const resume = () => {
            client.take();
            const { lastEventId = '' } = client;
            pending.push(stream.resume(client.connect(), lastEventId));
          };
          for (const one of steps) {
            if (one === 'emit') pending.push(stream.send(event((emitted += 1))));
            else if (one === 'take') client.take();
            else if (one === 'break') client.connection?.close();
            else if (one === 'resume') resume();
            else if (scheduler.count() > 0) await scheduler.waitOne();
          }
          await settle();
          resume();
          await settle();
          await Promise.all(pending);
          stream.end();
          await client.ended();
          expect(client.numbers).toEqual(Array.from({ length: emitted }, (_, at) => at + 1));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('cuts the earlier connection of its client if nobody reads it', async () => {
    const stream = new EventStream('s', new InProcessEventStores().create());
    const response = new FakeResponse() as FakeResponse & ServerResponse;
    const earlier = new EventConnection(response, 1_000);
    stream.connect(earlier);
    stream.connect(new EventConnection(new FakeResponse() as FakeResponse & ServerResponse, 1_000));
    expect([earlier.isClosed, response.destroyed]).toEqual([true, false]);
    await new Promise((resolve) => response.once('close', resolve));
    expect(response.destroyed).toBe(true);
    stream.cut();
  });
});

import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { Injectable } from '@nestjs/common';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Public } from '../../../src/access/access.decorators.js';
import { McpResourceTemplate } from '../../../src/mcp/authoring/mcp-resource.decorator.js';
import { MemoryBudget, MemoryShare } from '../../../src/mcp/protocol/memory-budget.js';
import { McpNotifier } from '../../../src/mcp/server/mcp-notifier.js';
import { UnreadAnswers } from '../../../src/mcp/server/unread-answers.js';
import { MODERN, mcpApp } from '../fixtures.js';
import { openSession } from '../server/session-client.js';
import { eventually } from '../../support/within.js';

/** A response whose client reads when the test says so. */
class SlowResponse extends EventEmitter {
  writableLength = 0;
  destroyed = false;
  /** `null` while it waits behind another one on its connection. */
  socket: object | null = {};
  readonly req = {
    socket: {
      destroyed: false,
      destroy() {
        this.destroyed = true;
      },
    },
  };

  write(chunk: string): void {
    this.writableLength += chunk.length;
  }

  read(length = this.writableLength): void {
    this.writableLength -= length;
  }

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

const slow = () => new SlowResponse() as SlowResponse & ServerResponse;

function unreadAnswers(limit = Infinity) {
  const clock = { now: 0 };
  const share = new MemoryShare(() => limit);
  const unread = new UnreadAnswers(
    { unreadBytes: 100_000, unreadMs: 30_000 },
    share,
    () => clock.now,
  );
  onTestFinished(() => unread.close());
  return { clock, share, unread };
}

describe('UnreadAnswers', () => {
  const piece = 'x'.repeat(40_000);

  it('closes a stream whose client has as much unread as is kept', () => {
    const { unread, share } = unreadAnswers();
    const response = slow();
    const written = Array.from({ length: 5 }, () => unread.write(response, piece));
    expect(written).toEqual([true, true, true, false, false]);
    expect(response.destroyed).toBe(true);
    expect(share.used).toBe(0);
  });

  it('lets a large answer go out as long as its client reads', () => {
    const { unread, clock } = unreadAnswers();
    const response = slow();
    response.write('x'.repeat(10_000_000));
    unread.track(response);
    for (let at = 0; at < 100; at += 1) {
      clock.now += 29_000;
      response.read(90_000);
      unread.sweep();
    }
    expect(response.destroyed).toBe(false);
    clock.now += 31_000;
    unread.sweep();
    expect(response.destroyed).toBe(true);
  });

  it('cuts the answer that waits longest where there is no room, and not one that has just come', () => {
    const { unread, clock } = unreadAnswers(100_000);
    const [first, second, third] = [slow(), slow(), slow()];
    for (const response of [first, second]) {
      unread.write(response, piece);
      clock.now += 2_000;
    }
    unread.write(third, piece);
    expect([first, second, third].map(({ destroyed }) => destroyed)).toEqual([true, false, false]);
    unread.write(third, piece);
    expect([second, third].map(({ destroyed }) => destroyed)).toEqual([true, false]);
    unread.write(third, piece);
    expect(third.destroyed).toBe(false);
  });

  it('cuts the connection of an answer that waits behind others, where there is no room', () => {
    const { unread, share } = unreadAnswers(100_000);
    const waiting = slow();
    Object.assign(waiting, { socket: null });
    const written = Array.from({ length: 4 }, () => unread.write(waiting, piece));
    expect(written).toEqual([true, true, true, false]);
    expect(waiting.req.socket.destroyed).toBe(true);
    const [another, turn] = [slow(), slow()];
    share.take(100_001);
    Object.assign(another, { socket: null });
    expect([another, turn].map((one) => unread.hasRoomFor(one))).toEqual([false, true]);
    expect([another, turn].map(({ req }) => req.socket.destroyed)).toEqual([true, false]);
    expect(unread.hasRoomFor(another)).toBe(false);
  });

  it('cuts the connection of an answer that has waited behind others for too long', () => {
    const { unread, clock } = unreadAnswers();
    const waiting = slow();
    Object.assign(waiting, { socket: null });
    unread.write(waiting, piece);
    clock.now += 31_000;
    unread.sweep();
    expect(waiting.req.socket.destroyed).toBe(true);
  });

  it('forgets an answer that is over', () => {
    const { unread, share } = unreadAnswers();
    const response = slow();
    unread.write(response, piece);
    expect(share.used).toBe(piece.length);
    response.emit('close');
    expect([share.used, unread.size]).toEqual([0, 0]);
  });
});

@Injectable()
@Public()
class Documents {
  @McpResourceTemplate({ uriTemplate: 'doc://{id}' })
  read() {
    return '';
  }
}

describe('a stream that nobody reads', () => {
  const URI = `doc://${'x'.repeat(4_000)}`;

  /** Opens a stream, and never reads it. */
  const unreadStream = (url: string, lines: readonly string[], body = '') => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname).pause();
    socket.on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
    socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
  };

  it.each(['modern', 'legacy'])(
    'is closed in the %s era, and what it held is given back',
    async (era) => {
      const { app, url } = await mcpApp([Documents], { limits: { unreadBytes: 50_000 } });
      const notifier = app.get(McpNotifier);
      const { answers } = app.get(MemoryBudget, { strict: false });
      const closed = vi.fn<() => void>();
      const watchNextConnection = () =>
        app.getHttpServer().once('connection', (socket: Socket) => socket.once('close', closed));
      if (era === 'modern') {
        watchNextConnection();
        const body = JSON.stringify({
          jsonrpc: '2.0',
          id: 1,
          method: 'subscriptions/listen',
          params: {
            _meta: {
              'io.modelcontextprotocol/protocolVersion': MODERN,
              'io.modelcontextprotocol/clientCapabilities': {},
            },
            notifications: { resourceSubscriptions: [URI] },
          },
        });
        const lines = [
          'POST /mcp HTTP/1.1',
          'Host: localhost',
          'Content-Type: application/json',
          'Accept: application/json, text/event-stream',
          `MCP-Protocol-Version: ${MODERN}`,
          'Mcp-Method: subscriptions/listen',
          `Content-Length: ${body.length}`,
        ];
        unreadStream(url, lines, body);
      } else {
        const session = await openSession(url, '');
        await session.send('resources/subscribe', { uri: URI }, '');
        watchNextConnection();
        unreadStream(url, [
          'GET /mcp HTTP/1.1',
          'Host: localhost',
          'Accept: text/event-stream',
          `Mcp-Session-Id: ${session.id}`,
          'MCP-Protocol-Version: 2025-11-25',
        ]);
      }
      // The buffers of the system take some megabytes before anything is left unread.
      for (let told = 0; closed.mock.calls.length === 0 && told < 100_000; told += 1) {
        notifier.resourceUpdated(URI);
        if (told % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await eventually(() => expect(closed).toHaveBeenCalled());
      await eventually(() => expect(answers.used).toBe(0));
    },
  );
});

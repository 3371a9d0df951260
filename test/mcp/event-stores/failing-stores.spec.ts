import { Injectable } from '@nestjs/common';
import type { EventStore } from '@modelcontextprotocol/server';
import { describe, expect, it } from 'vitest';
import { Public } from '../../../src/access/access.decorators.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import type { McpContext } from '../../../src/mcp/authoring/mcp-context.js';
import { InProcessEventStores, McpEventStores } from '../../../src/mcp/server/event-stores.js';
import { McpNotifier } from '../../../src/mcp/server/mcp-notifier.js';
import { mcpApp, within, type McpApp } from '../fixtures.js';
import { openSession, type RawSession } from '../server/session-client.js';
import { eventually } from '../../support/within.js';

@Injectable()
@Public()
class Tools {
  @McpTool({ description: 'Says something before its answer' })
  async answers(_input: object, context: McpContext) {
    await context.log('info', 'begun');
    return 'the answer';
  }
}

const fail = (): never => {
  throw new Error('ECONNREFUSED 6379');
};

const resume = (mcp: McpApp, session: RawSession, lastEventId: string) =>
  fetch(mcp.url, {
    headers: {
      accept: 'text/event-stream',
      authorization: 'Bearer alice',
      'mcp-session-id': session.id,
      'last-event-id': lastEventId,
      'mcp-protocol-version': '2025-11-25',
    },
  });

/** Reads a stream until it has said this, and drops it. Resolves to what it said. */
async function readUntil(response: Response, words: string): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (!text.includes(words)) {
    const { value, done } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  await reader?.cancel();
  return text;
}

const idsIn = (text: string) => [...text.matchAll(/^id: (.+)$/gm)].map(([, id = '']) => id);

describe.each([
  ['throws', () => fail()],
  ['rejects', async () => fail()],
  ['hangs', () => new Promise<never>(() => undefined)],
])('while an event store %s', (_, work) => {
  class Broken extends McpEventStores {
    readonly store = new InProcessEventStores().create();
    broken = true;

    create(): EventStore {
      const { store } = this;
      const is = () => this.broken;
      return {
        storeEvent: (...event) => (is() ? work() : store.storeEvent(...event)),
        getStreamIdForEventId: async (id) => (is() ? work() : store.getStreamIdForEventId?.(id)),
        replayEventsAfter: (...replayed) => (is() ? work() : store.replayEventsAfter(...replayed)),
      };
    }
  }

  async function start() {
    const stores = new Broken();
    const mcp = await mcpApp([Tools], {
      seamTimeoutMs: 20,
      override: (builder) => builder.overrideProvider(McpEventStores).useValue(stores),
    });
    return { mcp, stores };
  }

  it('a session opens, its calls are answered and its stream goes on', async () => {
    const { mcp } = await start();
    const session = await openSession(mcp.url, 'alice');
    const call = await session.call('answers', {}, 'alice');
    expect(call.status).toBe(200);
    expect(await within(call.text(), 'the answer')).toContain('the answer');
    const stream = await session.listen('alice');
    mcp.app.get(McpNotifier).toolsChanged();
    const text = await within(readUntil(stream, 'list_changed'), 'the change');
    expect(idsIn(text), 'nothing that could be resumed').toEqual([]);
    expect(mcp.log.lines.filter((line) => line.includes('McpEventStores'))).toHaveLength(1);
    expect(mcp.log.lines.join()).not.toContain('ECONNREFUSED');
    expect(mcp.log.errors).toEqual([]);
  });

  it('nothing is resumed over what could not be stored', async () => {
    const { mcp, stores } = await start();
    stores.broken = false;
    const session = await openSession(mcp.url, 'alice');
    const stream = await session.listen('alice');
    mcp.app.get(McpNotifier).toolsChanged();
    const [before = ''] = idsIn(await within(readUntil(stream, 'list_changed'), 'the change'));
    expect(before).not.toBe('');
    stores.broken = true;
    mcp.app.get(McpNotifier).toolsChanged();
    expect((await resume(mcp, session, before)).status).toBe(400);
    await eventually(() => expect(mcp.log.lines.join()).toContain('McpEventStores'));
    stores.broken = false;
    expect((await resume(mcp, session, before)).status).toBe(400);
  });
});

it('a session opens without a store that cannot be made, and has one when it can', async () => {
  let isBroken = true;
  class Late extends InProcessEventStores {
    override create() {
      return isBroken ? fail() : super.create();
    }
  }
  const mcp = await mcpApp([Tools], {
    override: (builder) => builder.overrideProvider(McpEventStores).useClass(Late),
  });
  const session = await openSession(mcp.url, 'alice');
  isBroken = false;
  const stream = await session.listen('alice');
  mcp.app.get(McpNotifier).toolsChanged();
  expect(idsIn(await within(readUntil(stream, 'list_changed'), 'the change'))).toHaveLength(1);
});

import { Injectable } from '@nestjs/common';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Public } from '../../../src/access/access.decorators.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import type { McpContext } from '../../../src/mcp/authoring/mcp-context.js';
import { InProcessEventStores, McpEventStores } from '../../../src/mcp/server/event-stores.js';
import { DEFAULT_MCP_LIMITS } from '../../../src/mcp/protocol/mcp-limits.js';
import { MemoryBudget } from '../../../src/mcp/protocol/memory-budget.js';
import { McpNotifier } from '../../../src/mcp/server/mcp-notifier.js';
import { messagesIn } from '../answer.js';
import { mcpApp, rpc, within, type McpApp } from '../fixtures.js';
import { Revocations } from '../../../src/access/revocation.js';
import { REVOCATIONS, type AnnouncedRevocations } from '../../support/announced-revocations.js';
import { openSession, type RawSession } from '../server/session-client.js';

@Injectable()
@Public()
class LongWork {
  finish = (): void => undefined;
  private readonly finished = new Promise<void>((resolve) => {
    this.finish = resolve;
  });

  @McpTool({ description: 'Ends its stream, and goes on' })
  async leaves(_input: object, context: McpContext) {
    context.closeStream();
    await this.finished;
    return 'the answer';
  }
}

const message = (index: number, text = '') =>
  ({ jsonrpc: '2.0', method: `notifications/${index}`, params: { text } }) as const;

/** What the store of a session replays after an event. */
async function replay(store: ReturnType<McpEventStores['create']>, after: string) {
  const methods: string[] = [];
  const streamId = await store.replayEventsAfter(after, {
    send: async (_id, sent) => void methods.push('method' in sent ? sent.method : ''),
  });
  return { streamId, methods };
}

describe('InProcessEventStores', () => {
  it('replays what came later on the same stream, in order', async () => {
    const store = new InProcessEventStores().create();
    const first = await store.storeEvent('a', {} as never);
    await store.storeEvent('a', message(1));
    await store.storeEvent('b', message(2));
    await store.storeEvent('a', message(3));
    expect(await replay(store, first)).toEqual({
      streamId: 'a',
      methods: ['notifications/1', 'notifications/3'],
    });
    expect(await store.getStreamIdForEventId?.(first)).toBe('a');
  });

  it('knows nothing of an event that it did not give, such as one of another session', async () => {
    const stores = new InProcessEventStores();
    const [hers, his] = [stores.create(), stores.create()];
    await hers.storeEvent('secret-stream', message(1));
    const foreign = await hers.storeEvent('secret-stream', message(2));
    await his.storeEvent('a', message(3));
    for (const id of [foreign, '', 'a', 'a_2', '_1']) {
      expect(await his.getStreamIdForEventId?.(id), id).toBeUndefined();
      expect((await replay(his, id)).methods, id).toEqual([]);
    }
  });

  it('keeps a hundred events', async () => {
    const store = new InProcessEventStores().create();
    const ids: string[] = [];
    for (let index = 0; index < 101; index += 1) {
      ids.push(await store.storeEvent('a', message(index)));
    }
    expect(await store.getStreamIdForEventId?.(ids[0] ?? '')).toBeUndefined();
    expect((await replay(store, ids[1] ?? '')).methods).toHaveLength(99);
  });

  it('keeps a million characters', async () => {
    const store = new InProcessEventStores().create();
    const ids: string[] = [];
    for (let index = 0; index < 4; index += 1) {
      ids.push(await store.storeEvent('a', message(index, 'x'.repeat(300_000))));
    }
    expect(await store.getStreamIdForEventId?.(ids[0] ?? '')).toBeUndefined();
    expect((await replay(store, ids[1] ?? '')).methods).toHaveLength(2);
    await store.storeEvent('a', message(4, 'x'.repeat(2_000_000)));
    expect(await store.getStreamIdForEventId?.(ids[3] ?? '')).toBeUndefined();
    const after = await store.storeEvent('a', message(5));
    expect(await store.getStreamIdForEventId?.(after)).toBe('a');
  });
});

describe('a client that lost its stream', () => {
  const resume = (mcp: McpApp, session: RawSession, lastEventId: string, as = 'alice') =>
    fetch(mcp.url, {
      headers: {
        accept: 'text/event-stream',
        authorization: `Bearer ${as}`,
        'mcp-session-id': session.id,
        'last-event-id': lastEventId,
        'mcp-protocol-version': '2025-11-25',
      },
    });

  /** Calls the tool that leaves, the way a client of 2025-11-25 does. Resolves to its stream. */
  async function callAndLose(mcp: McpApp, session: RawSession): Promise<string> {
    const headers = { 'mcp-session-id': session.id, 'mcp-protocol-version': '2025-11-25' };
    const params = { name: 'leaves', arguments: {} };
    const options = { era: 'legacy', as: 'alice', headers } as const;
    const response = await rpc(mcp.url, 'tools/call', params, options);
    return within(response.text(), 'the end of the stream');
  }

  /** Reads a stream until it has said this often enough, and drops it. Resolves to what it said. */
  async function readUntil(response: Response, words: string, times = 1): Promise<string> {
    const reader = response.body?.getReader();
    const decoder = new TextDecoder();
    let text = '';
    while (text.split(words).length <= times) {
      const { value, done } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) break;
      text += decoder.decode(value, { stream: true });
    }
    await reader?.cancel();
    return text;
  }

  const idsIn = (text: string) => [...text.matchAll(/^id: (.+)$/gm)].map(([, id = '']) => id);

  it('gets the answer of its call after the last event that it saw', async () => {
    const mcp = await mcpApp([LongWork]);
    const session = await openSession(mcp.url, 'alice');
    const stream = await callAndLose(mcp, session);
    expect(messagesIn(stream)).toEqual([]);
    const [id = ''] = idsIn(stream);
    mcp.app.get(LongWork).finish();
    const resumed = await resume(mcp, session, id);
    expect(resumed.status).toBe(200);
    expect(await within(readUntil(resumed, 'the answer'), 'the answer')).toContain('the answer');
  });

  it('gets the changes that it missed, once and in order', async () => {
    const mcp = await mcpApp([LongWork]);
    const notifier = mcp.app.get(McpNotifier);
    const session = await openSession(mcp.url, 'alice');
    const stream = await session.listen('alice');
    notifier.toolsChanged();
    const seen = idsIn(await within(readUntil(stream, 'list_changed'), 'the change'));
    notifier.toolsChanged();
    await new Promise((resolve) => setImmediate(resolve));
    notifier.toolsChanged();
    const resumed = await resume(mcp, session, seen.at(-1) ?? '');
    expect(resumed.status).toBe(200);
    const missed = await within(readUntil(resumed, 'list_changed', 2), 'the missed changes');
    expect(idsIn(missed)).toHaveLength(2);
    expect(idsIn(missed)).not.toContain(seen.at(-1));
  });

  it('is refused with an event id that its session never had', async () => {
    const mcp = await mcpApp([LongWork]);
    const [hers, his] = [await openSession(mcp.url, 'alice'), await openSession(mcp.url, 'bob')];
    const [id = ''] = idsIn(await callAndLose(mcp, hers));
    mcp.app.get(LongWork).finish();
    expect((await resume(mcp, his, id, 'bob')).status).toBe(400);
    expect((await resume(mcp, hers, id, 'bob')).status, 'not his session').toBe(404);
    expect((await resume(mcp, hers, 'x')).status).toBe(400);
  });

  it('gets nothing once its access was revoked, nor when it signs in again', async () => {
    const mcp = await mcpApp([LongWork, REVOCATIONS]);
    const session = await openSession(mcp.url, 'alice');
    const [id = ''] = idsIn(await callAndLose(mcp, session));
    mcp.app.get(LongWork).finish();
    const revocations = mcp.app.get<AnnouncedRevocations>(Revocations);
    revocations.revoke({ userId: 'user_alice' });
    expect((await resume(mcp, session, id)).status).toBe(401);
    revocations.forgive();
    expect((await resume(mcp, session, id)).status, 'the session is gone').toBe(404);
  });

  it('is served from a store of the application, where there is one', async () => {
    const created: string[] = [];
    class OwnStores extends InProcessEventStores {
      override create(sessionId?: string) {
        created.push(sessionId ?? '');
        return super.create();
      }
    }
    const mcp = await mcpApp([LongWork], {
      override: (builder) => builder.overrideProvider(McpEventStores).useClass(OwnStores),
    });
    const session = await openSession(mcp.url, 'alice');
    onTestFinished(async () => void (await session.delete('alice')));
    expect(created).toEqual([]);
    await stream(session);
    expect(created).toEqual([session.id]);
  });
});

describe('the memory of InProcessEventStores', () => {
  it('is that of the process, and the oldest events of any session go first', async () => {
    const budget = new MemoryBudget();
    budget.limitTo(150_000);
    const stores = new InProcessEventStores({ limits: DEFAULT_MCP_LIMITS }, budget);
    const [old, young] = [stores.create('old'), stores.create('young')];
    const first = await old.storeEvent('s', message(1, 'x'.repeat(5_000)));
    const second = await old.storeEvent('s', message(1, 'x'.repeat(2_000)));
    const last = await young.storeEvent('t', message(1, 'x'.repeat(2_000)));
    expect(budget.events.used).toBeLessThanOrEqual(budget.events.limit);
    expect(await old.getStreamIdForEventId?.(first)).toBeUndefined();
    expect(await old.getStreamIdForEventId?.(second)).toBe('s');
    expect(await young.getStreamIdForEventId?.(last)).toBe('t');
  });

  it('is given back when a session is over', async () => {
    const budget = new MemoryBudget();
    const stores = new InProcessEventStores({ limits: DEFAULT_MCP_LIMITS }, budget);
    const store = stores.create('a');
    await store.storeEvent('s', message(1, 'x'.repeat(5_000)));
    expect(budget.events.used).toBe(stores.bytes);
    stores.drop('a');
    expect([budget.events.used, stores.bytes]).toEqual([0, 0]);
  });

  it('is given back when the client ends its session', async () => {
    const { app, url } = await mcpApp([LongWork]);
    const session = await openSession(url, 'alice');
    const { events } = app.get(MemoryBudget, { strict: false });
    await stream(session);
    expect(events.used).toBeGreaterThan(0);
    await session.delete('alice');
    expect(events.used).toBe(0);
  });
});

/** Has a request answered with a stream, whose events are stored. */
async function stream(session: RawSession): Promise<void> {
  await (await session.send('logging/setLevel', { level: 'debug' }, 'alice')).text();
}

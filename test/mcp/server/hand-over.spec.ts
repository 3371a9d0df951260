import { Injectable } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { Public, RequireScopes } from '../../../src/access/access.decorators.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { McpResource } from '../../../src/mcp/authoring/mcp-resource.decorator.js';
import type { McpContext } from '../../../src/mcp/authoring/mcp-context.js';
import { McpNotifier } from '../../../src/mcp/server/mcp-notifier.js';
import { mcpApp, rpc, within, type McpApp } from '../fixtures.js';
import { openSession, type RawSession } from './session-client.js';

@Injectable()
class Tools {
  finish = (): void => undefined;
  private readonly finished = new Promise<void>((resolve) => {
    this.finish = resolve;
  });

  @Public()
  @McpTool({ description: 'Says something, and goes on' })
  async long(_input: object, context: McpContext) {
    await context.log('info', 'begun');
    await this.finished;
    return 'the answer to the opener';
  }

  @McpTool({ description: 'Needs a signed-in user' })
  mine() {
    return 'mine';
  }

  @Public()
  @McpResource({ uri: 'doc://open' })
  open() {
    return 'open';
  }

  @RequireScopes('docs')
  @McpResource({ uri: 'doc://closed' })
  closed() {
    return 'closed';
  }
}

const headersOf = ({ id }: RawSession) => ({
  'mcp-session-id': id,
  'mcp-protocol-version': '2025-11-25',
});

/** What a stream has said so far, and whether it has ended. */
function read({ body }: Response) {
  const heard = { text: '', ended: Promise.resolve() };
  heard.ended = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of body ?? []) heard.text += decoder.decode(chunk, { stream: true });
  })().catch(() => undefined);
  return heard;
}

async function until(heard: { readonly text: string }, words: string): Promise<void> {
  const wait = async (): Promise<void> => {
    while (!heard.text.includes(words)) await new Promise((resolve) => setImmediate(resolve));
  };
  await within(wait(), words);
}

const idsIn = (text: string) => [...text.matchAll(/^id: (.+)$/gm)].map(([, id = '']) => id);

async function start(): Promise<{ mcp: McpApp; session: RawSession; signIn: () => Promise<void> }> {
  const mcp = await mcpApp([Tools]);
  const session = await openSession(mcp.url);
  const signIn = async () => {
    expect((await session.call('mine')).status).toBe(401);
    expect((await session.call('mine', {}, 'alice')).status).toBe(200);
  };
  return { mcp, session, signIn };
}

const resume = (mcp: McpApp, session: RawSession, lastEventId: string, as?: string) =>
  fetch(mcp.url, {
    headers: {
      accept: 'text/event-stream',
      ...headersOf(session),
      'last-event-id': lastEventId,
      ...(as !== undefined && { authorization: `Bearer ${as}` }),
    },
  });

describe('an anonymous session that a signed-in caller takes over', () => {
  it('ends the stream of its opener, which hears nothing more', async () => {
    const { mcp, session, signIn } = await start();
    const heard = read(await session.listen());
    mcp.app.get(McpNotifier).toolsChanged();
    await until(heard, 'list_changed');
    await signIn();
    await within(heard.ended, 'the end of the stream');
    const before = heard.text;
    mcp.app.get(McpNotifier).toolsChanged();
    const hers = read(await session.listen('alice'));
    mcp.app.get(McpNotifier).toolsChanged();
    await until(hers, 'list_changed');
    expect(heard.text).toBe(before);
    await session.delete('alice');
  });

  it('ends the stream of a call that its opener has running', async () => {
    const { mcp, session, signIn } = await start();
    const params = { name: 'long', arguments: {} };
    const options = { era: 'legacy', headers: headersOf(session) } as const;
    const heard = read(await rpc(mcp.url, 'tools/call', params, options));
    await until(heard, 'begun');
    await signIn();
    await within(heard.ended, 'the end of the call');
    mcp.app.get(Tools).finish();
    await session.send('ping', {}, 'alice');
    expect(heard.text).not.toContain('the answer');
    for (const as of [undefined, 'bob']) {
      expect((await resume(mcp, session, idsIn(heard.text)[0] ?? '', as)).status).toBe(404);
    }
    await session.delete('alice');
  });

  it('cuts a stream that its opener has resumed, which has no name', async () => {
    const { mcp, session, signIn } = await start();
    const open = new AbortController();
    const call = await fetch(mcp.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headersOf(session),
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 'long',
        method: 'tools/call',
        params: { name: 'long', arguments: {} },
      }),
      signal: open.signal,
    });
    const heard = read(call);
    await until(heard, 'begun');
    open.abort();
    await heard.ended;
    const [first = ''] = idsIn(heard.text);
    let resumed = await resume(mcp, session, first);
    while (resumed.status === 409) resumed = await resume(mcp, session, first);
    expect(resumed.status).toBe(200);
    const again = read(resumed);
    await until(again, 'begun');
    await signIn();
    await within(again.ended, 'the end of the resumed stream');
    mcp.app.get(Tools).finish();
    await session.send('ping', {}, 'alice');
    expect(again.text).not.toContain('the answer');
    await session.delete('alice');
  });

  it('replays nothing to its new owner that was sent before', async () => {
    const { mcp, session, signIn } = await start();
    const heard = read(await session.listen());
    mcp.app.get(McpNotifier).toolsChanged();
    await until(heard, 'list_changed');
    const [first = ''] = idsIn(heard.text);
    mcp.app.get(McpNotifier).promptsChanged();
    mcp.app.get(McpNotifier).resourcesChanged();
    await until(heard, 'resources/list_changed');
    await signIn();
    const resumed = await resume(mcp, session, first, 'alice');
    expect(resumed.status, 'it begins anew').toBe(200);
    const hers = read(resumed);
    mcp.app.get(McpNotifier).toolsChanged();
    await until(hers, 'tools/list_changed');
    expect(hers.text).not.toContain('resources/list_changed');
    const [mine = ''] = idsIn(hers.text);
    expect(mine).not.toBe('');
    await session.delete('alice');
    await within(hers.ended, 'the end');
  });

  it('resumes what was sent to its new owner', async () => {
    const { mcp, session, signIn } = await start();
    await signIn();
    const open = new AbortController();
    const hers = read(await session.listen('alice', open.signal));
    mcp.app.get(McpNotifier).toolsChanged();
    await until(hers, 'list_changed');
    open.abort();
    await hers.ended;
    mcp.app.get(McpNotifier).resourcesChanged();
    let again = await resume(mcp, session, idsIn(hers.text).at(-1) ?? '', 'alice');
    while (again.status === 409) {
      again = await resume(mcp, session, idsIn(hers.text).at(-1) ?? '', 'alice');
    }
    const missed = read(again);
    await until(missed, 'resources/list_changed');
    await session.delete('alice');
  });

  it('keeps its subscriptions, of which the new owner hears what they may read', async () => {
    const { mcp, session, signIn } = await start();
    expect((await session.send('resources/subscribe', { uri: 'doc://open' })).status).toBe(200);
    await signIn();
    const subscribed = await session.send(
      'resources/subscribe',
      { uri: 'doc://closed' },
      'alice:docs',
    );
    expect(subscribed.status).toBe(200);
    await session.send('ping', {}, 'alice');
    const hers = read(await session.listen('alice'));
    mcp.app.get(McpNotifier).resourceUpdated('doc://closed');
    mcp.app.get(McpNotifier).resourceUpdated('doc://open');
    await until(hers, 'doc://open');
    expect(hers.text).not.toContain('doc://closed');
    await session.delete('alice');
  });
});

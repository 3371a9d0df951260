import { describe, expect, it } from 'vitest';
import { Revocations, type AuditEvent } from '../../../src/extend.js';
import { ERAS, able, answerOf, ask } from '../answer.js';
import { rpc } from '../fixtures.js';
import { REVOCATIONS, type AnnouncedRevocations } from '../../support/announced-revocations.js';
import { PATIENCE } from '../../support/within.js';
import { openSession } from '../server/session-client.js';
import { TaskClient } from '../tasks/task-client.js';
import { auditedApp } from './audited-app.js';

/** What a request leaves behind, in short: `decision tool:note allowed`, `call tool:note ok`. */
const inShort = (event: AuditEvent): string => {
  switch (event.type) {
    case 'decision':
      return [event.type, nameOf(event.entry), event.decision, event.reason]
        .filter(Boolean)
        .join(' ');
    case 'call':
      return [event.type, nameOf(event.entry), event.outcome, event.reason]
        .filter(Boolean)
        .join(' ');
    case 'list':
      return `list ${event.method} ${event.visible}+${event.hidden}`;
    case 'authentication':
      return `authentication ${event.reason}`;
  }
};

const nameOf = (entry: { kind: string; name?: string } | undefined) =>
  entry && [entry.kind, entry.name].filter(Boolean).join(':');

type Way = readonly [
  what: string,
  request: { method: string; params?: object; as?: string },
  events: readonly string[],
];

const call = (name: string, as?: string, args = {}) => ({
  method: 'tools/call',
  params: { name, arguments: args },
  ...(as !== undefined && { as }),
});

const WAYS: readonly Way[] = [
  [
    'a public tool, by nobody',
    call('open', ''),
    ['decision tool:open allowed', 'call tool:open ok'],
  ],
  ['a tool', call('note'), ['decision tool:note allowed', 'call tool:note ok']],
  ['a tool, by nobody', call('note', ''), ['decision tool:note refused unauthenticated']],
  ['scopes missing', call('write'), ['decision tool:write refused insufficient_scope']],
  ['forbidden', call('machine'), ['decision tool:machine refused forbidden']],
  ['no such tool', call('nothing'), ['decision tool refused unknown']],
  [
    'arguments that do not fit',
    call('note', 'alice', { text: 1 }),
    ['decision tool:note allowed', 'call tool:note error INVALID_INPUT'],
  ],
  [
    'a guard of the host',
    call('guarded'),
    ['decision tool:guarded allowed', 'call tool:guarded refused HTTP_403'],
  ],
  ['a bug', call('broken'), ['decision tool:broken allowed', 'call tool:broken error']],
  ['a failure', call('failed'), ['decision tool:failed allowed', 'call tool:failed error']],
  [
    'a resource',
    { method: 'resources/read', params: { uri: 'note://first' } },
    ['decision resource:note://first allowed', 'call resource:note://first ok'],
  ],
  [
    'a template',
    { method: 'resources/read', params: { uri: 'note://by/somebody' } },
    [
      'decision resource template:note://by/{author} allowed',
      'call resource template:note://by/{author} ok',
    ],
  ],
  [
    'a forbidden resource',
    { method: 'resources/read', params: { uri: 'note://machines' } },
    ['decision resource:note://machines refused forbidden'],
  ],
  [
    'no such resource',
    { method: 'resources/read', params: { uri: 'note://none' } },
    ['decision resource refused unknown'],
  ],
  [
    'a prompt',
    { method: 'prompts/get', params: { name: 'poem' } },
    ['decision prompt:poem allowed', 'call prompt:poem ok'],
  ],
  [
    'a completion',
    {
      method: 'completion/complete',
      params: {
        ref: { type: 'ref/prompt', name: 'poem' },
        argument: { name: 'style', value: 'h' },
      },
    },
    ['decision completion:poem#style allowed', 'call completion:poem#style ok'],
  ],
  [
    'a completion, by nobody',
    {
      method: 'completion/complete',
      params: {
        ref: { type: 'ref/prompt', name: 'poem' },
        argument: { name: 'style', value: 'h' },
      },
      as: '',
    },
    ['decision completion:poem#style refused unauthenticated'],
  ],
  ['the tools', { method: 'tools/list' }, ['list tools/list 8+2']],
  ['the tools, by nobody', { method: 'tools/list', as: '' }, ['list tools/list 9+1']],
  ['the prompts', { method: 'prompts/list' }, ['list prompts/list 1+0']],
  ['the resources', { method: 'resources/list' }, ['list resources/list 1+1']],
  ['the templates', { method: 'resources/templates/list' }, ['list resources/templates/list 1+0']],
  ['a method that there is not', { method: 'no/such' }, []],
];

describe.each(ERAS)('what a request leaves behind, %s', (era) => {
  it.each(WAYS)('%s', async (_what, { method, params = {}, as }, events) => {
    const { url, sink } = await auditedApp();
    await ask(url, method, { ...params }, { era, ...(as !== undefined && { as }) });
    const recorded = await sink.take(events.length);
    expect(recorded.map(inShort)).toEqual(events);
    expect(new Set(recorded.map(({ requestId }) => requestId)).size).toBe(
      Math.min(events.length, 1),
    );
    for (const event of recorded) expect(event).toMatchObject({ era, transport: 'http' });
  });
});

describe('what else leaves events behind', () => {
  it('a call in rounds: one decision and one call each', async () => {
    const { url, sink } = await auditedApp();
    const { result } = await ask(url, 'tools/call', {
      name: 'asks',
      arguments: {},
      ...able({ elicitation: {} }),
    });
    const [key = ''] = Object.keys(result.inputRequests);
    expect((await sink.take(2)).map(inShort)).toEqual([
      'decision tool:asks allowed',
      'call tool:asks input_required',
    ]);
    await ask(url, 'tools/call', {
      name: 'asks',
      arguments: {},
      inputResponses: { [key]: { action: 'accept', content: { sure: true } } },
      ...able({ elicitation: {} }),
    });
    expect((await sink.take(2)).map(inShort)).toEqual([
      'decision tool:asks allowed',
      'call tool:asks ok',
    ]);
  });

  it('a task: one decision and one call, which names it; and one decision on each look at it', async () => {
    const { url, sink } = await auditedApp();
    const client = new TaskClient(url);
    const id = await client.start('job');
    const [decision, call] = await sink.take(2);
    expect([decision, call].map((event) => event && inShort(event))).toEqual([
      'decision tool:job allowed',
      'call tool:job ok',
    ]);
    expect(call).toMatchObject({ taskId: id });
    await client.get(id);
    expect((await sink.take(1)).map(inShort)).toEqual(['decision tool:job allowed']);
    await new TaskClient(url, 'bob').cancel(id);
    expect((await sink.take(1)).map(inShort)).toEqual(['decision tool refused unknown']);
  });

  it('a batch: one call for each message, and equal decisions once with their number', async () => {
    const { url, sink } = await auditedApp();
    const message = (id: number, name: string) => ({
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: { name, arguments: {} },
    });
    const post = (...names: string[]) =>
      fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          authorization: 'Bearer alice',
        },
        body: JSON.stringify(names.map((name, at) => message(at, name))),
      }).then(answerOf);
    await post('note', 'note', 'open');
    const events = await sink.take(5);
    expect(events.map(inShort).toSorted()).toEqual([
      'call tool:note ok',
      'call tool:note ok',
      'call tool:open ok',
      'decision tool:note allowed',
      'decision tool:open allowed',
    ]);
    const counts = events.flatMap((event) => (event.type === 'decision' ? [event.count] : []));
    expect(counts).toEqual([2, undefined]);
    // What is turned away is turned away whole.
    await post('note', 'write');
    expect((await sink.take(2)).map(inShort)).toEqual([
      'decision tool:note allowed',
      'decision tool:write refused insufficient_scope',
    ]);
  });

  it('a session: the same as without one', async () => {
    const { url, sink } = await auditedApp();
    const session = await openSession(url, 'alice');
    await session.call('note', {}, 'alice').then(answerOf);
    await session.send('resources/subscribe', { uri: 'note://first' }, 'alice').then(answerOf);
    expect((await sink.take(3)).map(inShort)).toEqual([
      'decision tool:note allowed',
      'call tool:note ok',
      'decision resource:note://first allowed',
    ]);
  });

  it('a subscription: one decision for each entry, however often it is named', async () => {
    const { url, sink } = await auditedApp();
    const listen = (...uris: string[]) =>
      rpc(
        url,
        'subscriptions/listen',
        { notifications: { resourceSubscriptions: uris } },
        { as: 'alice', signal: AbortSignal.timeout(PATIENCE) },
      ).then(
        (response) => response.body?.cancel(),
        () => undefined,
      );
    await listen('note://first', 'note://first', 'note://by/me', 'note://by/you', 'note://none');
    expect((await sink.take(2)).map(inShort)).toEqual([
      'decision resource:note://first allowed',
      'decision resource template:note://by/{author} allowed',
    ]);
    await listen('note://machines');
    expect((await sink.take(1)).map(inShort)).toEqual([
      'decision resource:note://machines refused forbidden',
    ]);
  });

  it('a client that goes away: the call is cancelled', async () => {
    const { url, sink } = await auditedApp();
    const controller = new AbortController();
    const gone = rpc(
      url,
      'tools/call',
      { name: 'wait', arguments: {} },
      { as: 'alice', signal: controller.signal },
    ).catch(() => undefined);
    await sink.take(1);
    controller.abort();
    await gone;
    expect((await sink.take(1)).map(inShort)).toEqual(['call tool:wait cancelled']);
  });

  it('a caller whose access was revoked meanwhile: whatever it asks for is refused', async () => {
    const { app, url, sink } = await auditedApp(undefined, {
      metadata: { providers: [REVOCATIONS] },
    });
    app.get<AnnouncedRevocations>(Revocations).revoke({ userId: 'user_alice' });
    await ask(url, 'tools/call', { name: 'note', arguments: {} });
    await ask(url, 'tools/list');
    expect((await sink.take(2)).map(inShort)).toEqual([
      'decision tool:note refused invalid_token',
      'decision refused invalid_token',
    ]);
  });

  it('a client that must sign in to connect', async () => {
    const { url, sink } = await auditedApp(undefined, { signIn: 'connect' });
    await ask(url, 'server/discover', {}, { as: '' });
    await ask(url, 'words/ofTheCaller', {}, { as: '' });
    expect(await sink.take(2)).toMatchObject([
      {
        type: 'decision',
        method: 'server/discover',
        decision: 'refused',
        reason: 'unauthenticated',
      },
      { type: 'decision', method: 'other', decision: 'refused', reason: 'unauthenticated' },
    ]);
  });
});

import { describe, expect, it, vi } from 'vitest';
import { Audit } from '../../../src/audit/audit.js';
import type { AuditEvent } from '../../../src/extend.js';
import { ERAS } from '../answer.js';
import { call, rpc } from '../fixtures.js';
import { KeptEvents, auditedApp, type AuditedApp } from './audited-app.js';

class Throwing extends KeptEvents {
  override record(): void {
    throw new Error('down');
  }
}

class Rejecting extends KeptEvents {
  override async record(): Promise<void> {
    throw new Error('down');
  }
}

class Hanging extends KeptEvents {
  override record(): Promise<void> {
    return new Promise(() => undefined);
  }
}

class Meddling extends KeptEvents {
  override record(event: AuditEvent): void {
    for (const key of Object.keys(event)) Reflect.deleteProperty(event, key);
  }
}

const CALLS = [
  ['note', { text: 'hi' }],
  ['note', { text: 1 }],
  ['write', {}],
  ['machine', {}],
  ['guarded', {}],
  ['broken', { text: 'x' }],
  ['nothing', {}],
] as const;

/** What clients get, as far as it is the same each time. */
async function answersOf({ url }: AuditedApp): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (const era of ERAS) {
    for (const [name, args] of CALLS) answers.push(await call(url, name, args, { era }));
    const list = await rpc(url, 'tools/list', {}, { era, as: 'alice' });
    const { result } = (await list.json()) as { result: unknown };
    answers.push(result);
  }
  return answers;
}

describe('a sink', () => {
  it.each([
    ['throws', new Throwing()],
    ['rejects', new Rejecting()],
    ['hangs', new Hanging()],
    ['meddles with its events', new Meddling()],
    ['takes everything', new KeptEvents('all')],
    ['takes refusals', new KeptEvents('refusals')],
  ])('that %s changes nothing of what clients get', async (_how, sink) => {
    const silent = await answersOf(await auditedApp(new KeptEvents('off')));
    expect(await answersOf(await auditedApp(sink))).toEqual(silent);
  });

  it.each([true, false])('hears the same of both ways to answer (plain: %s)', async (fastPath) => {
    const { url, sink } = await auditedApp(undefined, { fastPath });
    await call(url, 'note', { text: 'hi' });
    const events = await sink.take(2);
    const changing = { time: '', requestId: '', durationMs: 0 };
    expect(events.map((event) => ({ ...event, ...changing, inputDigest: '' }))).toEqual([
      {
        ...changing,
        type: 'decision',
        transport: 'http',
        endpoint: 'mcp',
        era: 'modern',
        subject: 'user_alice',
        userId: 'user_alice',
        clientId: 'client',
        tokenType: 'oauth_token',
        method: 'tools/call',
        entry: { kind: 'tool', name: 'note', source: 'AuditedEntries.note' },
        decision: 'allowed',
        inputDigest: '',
      },
      {
        ...changing,
        type: 'call',
        transport: 'http',
        endpoint: 'mcp',
        era: 'modern',
        subject: 'user_alice',
        userId: 'user_alice',
        clientId: 'client',
        tokenType: 'oauth_token',
        entry: { kind: 'tool', name: 'note', source: 'AuditedEntries.note' },
        outcome: 'ok',
        inputDigest: '',
      },
    ]);
  });

  it('that wants nothing costs no event, no digest and no look at the clock', async () => {
    const { app, url, sink } = await auditedApp(new KeptEvents('off'));
    const audit = app.get(Audit);
    const spies = [vi.spyOn(audit, 'digestOf'), vi.spyOn(audit, 'record')];
    await call(url, 'note', { text: 'hi' });
    await call(url, 'machine');
    await rpc(url, 'tools/list', {}, { as: 'alice' });
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
    expect(await sink.take(0)).toEqual([]);
  });

  it('that wants refusals costs a call that goes well no digest', async () => {
    const { app, url, sink } = await auditedApp(new KeptEvents('refusals'));
    const digest = vi.spyOn(app.get(Audit), 'digestOf');
    await call(url, 'note', { text: 'hi' });
    expect(digest).not.toHaveBeenCalled();
    await call(url, 'guarded', { text: 'hi' });
    await call(url, 'machine');
    expect(await sink.take(2)).toMatchObject([
      { type: 'call', outcome: 'refused', inputDigest: expect.any(String) },
      { type: 'decision', decision: 'refused', requirement: 'tokens' },
    ]);
  });

  it('may change its mind while the application runs', async () => {
    const { url, sink } = await auditedApp(new KeptEvents('off'));
    await call(url, 'note', { text: 'hi' });
    sink.level = 'all';
    await call(url, 'note', { text: 'hi' });
    expect(await sink.take(2)).toHaveLength(2);
  });
});

describe('the digest of a call', () => {
  it('is the same for the same arguments, whatever their order and the era', async () => {
    const { url, sink } = await auditedApp();
    await call(url, 'note', { text: 'hi', more: 1 });
    await call(url, 'note', { more: 1, text: 'hi' }, { era: 'legacy' });
    await call(url, 'note', { more: 2, text: 'hi' });
    const digests = (await sink.take(6)).flatMap((event) =>
      event.type === 'call' ? [event.inputDigest] : [],
    );
    expect(digests).toHaveLength(3);
    expect(digests[0]).toBe(digests[1]);
    expect(digests[0]).not.toBe(digests[2]);
  });
});

describe('the trace of a call', () => {
  const TRACE = '0af7651916cd43dd8448eb211c80319c';

  it.each([
    ['_meta', { _meta: { traceparent: `00-${TRACE}-b7ad6b7169203331-01` } }, {}],
    ['a header', {}, { traceparent: `00-${TRACE}-b7ad6b7169203331-01` }],
  ])('is the one of %s', async (_where, params, headers) => {
    const { url, sink } = await auditedApp();
    await rpc(url, 'tools/call', { name: 'open', arguments: {}, ...params }, { headers });
    expect(await sink.take(2)).toMatchObject([{ traceId: TRACE }, { traceId: TRACE }]);
  });

  it.each(['', 'x', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`, `00-${TRACE}`])(
    'is none where it is malformed: %j',
    async (traceparent) => {
      const { url, sink } = await auditedApp();
      await rpc(url, 'tools/call', { name: 'open', arguments: {}, _meta: { traceparent } });
      for (const event of await sink.take(2)) expect(event).not.toHaveProperty('traceId');
    },
  );
});

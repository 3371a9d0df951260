import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADAPTERS, createAdapter } from '../../support/adapters.js';
import { eventually } from '../../support/within.js';
import { startMcpApp, within, type McpApp } from '../fixtures.js';
import { HeldCalls, WAYS, type Way } from './held-calls.js';
import { heldBy, NOTHING_HELD, Reading, WireSession, cancelled } from './wire-session.js';

type Id = string | number;

let tags = 0;
const nextTag = (): string => `t${(tags += 1)}`;

const hold = (id: Id, tag: string, way: Way) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: {
    name: 'hold',
    arguments: { tag, way },
    ...(way === 'reports' && { _meta: { progressToken: tag } }),
  },
});

describe.each(ADAPTERS)('the requests of one session on %s', (adapter) => {
  let mcp: McpApp;
  let calls: HeldCalls;
  beforeAll(async () => {
    mcp = await startMcpApp([HeldCalls], { adapter: createAdapter(adapter) });
    calls = mcp.app.get(HeldCalls);
  });
  afterAll(async () => {
    calls.releaseAll();
    await mcp.app.close();
  });

  const read = async (response: Promise<Response>) => new Reading(await response);
  const running = (tag: string) => eventually(() => expect(calls.runs(tag)).toBe(true));
  const nothingHeld = (session: WireSession) =>
    eventually(() => expect(heldBy(mcp.app, session.id)).toEqual(NOTHING_HELD));

  /** Answers in a body: `t1` for the answer of this call, or the code of an error. */
  const answersIn = ({ messages }: Reading) =>
    messages
      .filter((message) => 'result' in message || 'error' in message)
      .map(({ id, result, error }) => [
        id,
        error?.code ?? result.content[0].text.replace('answer of ', ''),
      ]);

  describe.each(WAYS)('while a call that is %s runs', (way) => {
    it.each(WAYS)(
      'refuse its id to a call that is %s, and give it back afterwards',
      async (other) => {
        const session = await WireSession.open(mcp.url);
        const [first, second, third] = [nextTag(), nextTag(), nextTag()];
        const one = session.post(hold(1, first, way)).then((response) => new Reading(response));
        await running(first);
        const two = await read(session.post(hold(1, second, other)));
        await within(two.ended, 'the refusal');
        expect(answersIn(two)).toEqual([[1, -32600]]);
        expect(calls.ids.has(second)).toBe(false);
        const text = session
          .post(hold('1', third, other))
          .then((response) => new Reading(response));
        await running(third);
        expect([calls.ids.get(first), calls.ids.get(third)]).toEqual([1, '1']);
        await calls.release(third);
        await calls.release(first);
        await within((await one).ended, 'the first answer');
        await within((await text).ended, 'the answer of the other id');
        expect(answersIn(await one)).toEqual([[1, first]]);
        expect(answersIn(await text)).toEqual([['1', third]]);
        const again = nextTag();
        const later = session.post(hold(1, again, other)).then((response) => new Reading(response));
        await calls.release(again);
        await within((await later).ended, 'the answer with the id again');
        expect(answersIn(await later)).toEqual([[1, again]]);
        await nothingHeld(session);
      },
    );

    it('end its response when the client cancels it, and free all that it held', async () => {
      const session = await WireSession.open(mcp.url);
      const tag = nextTag();
      const call = session.post(hold(7, tag, way)).then((response) => new Reading(response));
      await running(tag);
      expect((await session.cancel(7)).status).toBe(202);
      const reading = await within(call, 'the response');
      await within(reading.ended, 'its end');
      expect(reading.response.status).toBe(200);
      expect(answersIn(reading)).toEqual([]);
      await nothingHeld(session);
      if (way === 'aware') await eventually(() => expect(calls.aborted.has(tag)).toBe(true));
      else calls.say(tag, 'said after the end');
      // The id is free, also while the cancelled handler still runs.
      const next = nextTag();
      const later = session.post(hold(7, next, 'loud')).then((response) => new Reading(response));
      await running(next);
      calls.say(tag, 'said after the end');
      if (way !== 'aware') await calls.release(tag);
      await calls.release(next);
      await within((await later).ended, 'the next answer');
      expect(answersIn(await later)).toEqual([[7, next]]);
      expect((await later).text).not.toContain(tag);
      expect((await later).text).not.toContain('said after the end');
      expect(reading.text).not.toContain('said after the end');
      await nothingHeld(session);
    });

    it('are not ended by ids that are unknown, of another type or of another session', async () => {
      const [session, other] = [
        await WireSession.open(mcp.url),
        await WireSession.open(mcp.url, '2025-11-25', 'bob'),
      ];
      const tag = nextTag();
      const call = session.post(hold(1, tag, way)).then((response) => new Reading(response));
      await running(tag);
      for (const id of ['1', 2, '', 'x', 1.5]) expect((await session.cancel(id)).status).toBe(202);
      expect((await session.post(cancelled({ id: 1 }))).status).not.toBe(200);
      expect((await other.cancel(1)).status).toBe(202);
      expect((await session.cancel(1, 'bob')).status).toBe(404);
      expect(calls.runs(tag)).toBe(true);
      await calls.release(tag);
      await within((await call).ended, 'the answer');
      expect(answersIn(await call)).toEqual([[1, tag]]);
    });
  });

  it('cancel a call that was handed over since it lasts long', async () => {
    const session = await WireSession.open(mcp.url);
    const tag = nextTag();
    const call = await read(session.post(hold(1, tag, 'deaf')));
    // The head of a stream arrives when the SDK has taken the call over.
    expect(call.response.headers.get('content-type')).toContain('text/event-stream');
    expect((await session.cancel(1)).status).toBe(202);
    await within(call.ended, 'the end');
    expect(answersIn(call)).toEqual([]);
    await calls.release(tag);
    await nothingHeld(session);
  });

  it('refuse a batch that has an id twice, and one whose id is taken, as a whole', async () => {
    const session = await WireSession.open(mcp.url, '2025-03-26');
    const taken = nextTag();
    const call = session.post(hold(1, taken, 'deaf')).then((response) => new Reading(response));
    await running(taken);
    const tag = nextTag();
    for (const batch of [
      [hold(2, tag, 'deaf'), hold(2, tag, 'loud')],
      [hold(3, tag, 'deaf'), hold(1, tag, 'deaf')],
    ]) {
      const refused = await session.post(batch);
      expect(refused.status).toBe(400);
      expect(await refused.json()).toMatchObject({ id: null, error: { code: -32600 } });
    }
    expect(calls.ids.has(tag)).toBe(false);
    const [one, two] = [nextTag(), nextTag()];
    const served = session
      .post([hold(2, one, 'deaf'), hold('2', two, 'loud')])
      .then((response) => new Reading(response));
    for (const each of [two, one, taken]) await calls.release(each);
    await within((await served).ended, 'the answers');
    expect(new Map(answersIn(await served) as [Id, string][])).toEqual(
      new Map<Id, string>([
        [2, one],
        ['2', two],
      ]),
    );
    await within((await call).ended, 'the other answer');
  });

  it.each(['before', 'behind'])(
    'cancel a call of the same batch that stands %s its cancellation',
    async (place) => {
      const session = await WireSession.open(mcp.url, '2025-03-26');
      const [gone, kept] = [nextTag(), nextTag()];
      const pair = [hold(1, gone, 'deaf'), cancelled(1)];
      const both = place === 'before' ? pair : pair.toReversed();
      const alone = await within(session.post(both), 'the response');
      expect(await within(alone.text(), 'its end')).not.toContain(gone);
      const served = session
        .post([...both, hold(2, kept, 'loud')])
        .then((response) => new Reading(response));
      await calls.release(kept);
      await within((await served).ended, 'the end');
      expect(answersIn(await served)).toEqual([[2, kept]]);
      expect(calls.ids.has(gone)).toBe(false);
      await nothingHeld(session);
    },
  );

  it('cancel a call of a batch without a session, and refuse an id twice', async () => {
    const post = (body: unknown) =>
      fetch(mcp.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
        },
        body: JSON.stringify(body),
      });
    const tag = nextTag();
    const gone = await within(post([hold(1, tag, 'deaf'), cancelled(1)]), 'the response');
    expect(gone.status).toBe(202);
    expect((await post([hold(1, tag, 'deaf'), hold(1, tag, 'deaf')])).status).toBe(400);
    expect(calls.ids.has(tag)).toBe(false);
  });

  it('are answered or refused each for itself in any order', async () => {
    const id = fc.constantFrom<Id>(1, '1', 2, 'a');
    const step = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          kind: fc.constant('call' as const),
          id,
          way: fc.constantFrom(...WAYS),
        }),
      },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('cancel' as const), id }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('release' as const), id }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
        const session = await WireSession.open(mcp.url);
        const inFlight = new Map<Id, { tag: string; reading: Promise<Reading> }>();
        for (const one of steps) {
          const known = inFlight.get(one.id);
          if (one.kind === 'call') {
            const tag = nextTag();
            const reading = read(session.post(hold(one.id, tag, one.way)));
            if (known) {
              await within((await reading).ended, 'the refusal');
              expect(answersIn(await reading)).toEqual([[one.id, -32600]]);
            } else {
              await running(tag);
              inFlight.set(one.id, { tag, reading });
            }
          } else if (one.kind === 'cancel') {
            expect((await session.cancel(one.id)).status).toBe(202);
            inFlight.delete(one.id);
            if (!known) continue;
            const reading = await within(known.reading, 'the response');
            await within(reading.ended, 'the end of a cancelled call');
            expect(answersIn(reading)).toEqual([]);
            if (calls.runs(known.tag)) await calls.release(known.tag);
          } else if (one.kind === 'release' && known) {
            await calls.release(known.tag);
            const reading = await within(known.reading, 'the response');
            await within(reading.ended, 'the answer');
            expect(answersIn(reading)).toEqual([[one.id, known.tag]]);
            inFlight.delete(one.id);
          }
        }
        for (const [id, { tag, reading }] of inFlight) {
          await calls.release(tag);
          await within((await reading).ended, 'the last answer');
          expect(answersIn(await reading)).toEqual([[id, tag]]);
        }
        await nothingHeld(session);
        await session.delete();
      }),
      { numRuns: 12 },
    );
  });
});

import { describe, expect, it } from 'vitest';
import { eventually } from '../../support/within.js';
import { mcpApp, within } from '../fixtures.js';
import { AskingTools } from '../rounds/asking-tools.js';
import { heldBy, NOTHING_HELD, Reading, WireSession } from './wire-session.js';

describe('the answers of a client', () => {
  it('reach the question with their id, whatever ids the calls have', async () => {
    const { url } = await mcpApp([AskingTools]);
    const capabilities = { elicitation: { form: {} } };
    const session = await WireSession.open(url, '2025-11-25', 'alice', capabilities);
    const ask = async (id: string | number) =>
      new Reading(
        await session.post({
          jsonrpc: '2.0',
          id,
          method: 'tools/call',
          params: { name: 'steps', arguments: {} },
        }),
      );
    const calls = [await ask(0), await ask(1), await ask('0')];
    const questions = (reading: Reading) =>
      reading.messages.filter(({ method }) => method === 'elicitation/create');
    const answer = async (id: string | number, content: object) => {
      const result = { action: 'accept', content };
      expect((await session.post({ jsonrpc: '2.0', id, result })).status).toBe(202);
    };
    for (const round of [0, 1]) {
      for (const reading of calls) {
        await eventually(() => expect(questions(reading)).toHaveLength(round + 1));
      }
      // The last question is answered first; the ids of the questions are those of the calls, too.
      for (const [at, reading] of [...calls.entries()].toReversed()) {
        const content = round === 0 ? { name: `name${at}` } : { town: `town${at}` };
        await answer(questions(reading)[round].id, content);
      }
    }
    for (const [at, reading] of calls.entries()) {
      await within(reading.ended, 'the answer');
      const { id, result } = reading.messages.at(-1);
      expect([id, result.content[0].text]).toEqual([[0, 1, '0'][at], `name${at} of town${at}`]);
    }
    await session.delete();
  });

  it('to a question of a cancelled call do nothing', async () => {
    const { app, url } = await mcpApp([AskingTools]);
    const capabilities = { elicitation: { form: {} } };
    const session = await WireSession.open(url, '2025-11-25', 'alice', capabilities);
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'confirm' } };
    const cancelledCall = new Reading(await session.post(call));
    await eventually(() => expect(cancelledCall.text).toContain('elicitation/create'));
    const [question] = cancelledCall.messages;
    expect((await session.cancel(1)).status).toBe(202);
    await within(cancelledCall.ended, 'the end');
    await eventually(() => expect(heldBy(app, session.id)).toEqual(NOTHING_HELD));
    const next = new Reading(await session.post(call));
    await eventually(() => expect(next.text).toContain('elicitation/create'));
    const accept = { action: 'accept', content: { sure: true } };
    await session.post({ jsonrpc: '2.0', id: question.id, result: accept });
    expect(next.messages).toHaveLength(1);
    await session.post({ jsonrpc: '2.0', id: next.messages[0].id, result: accept });
    await within(next.ended, 'the answer');
    expect(next.messages.at(-1)).toMatchObject({ id: 1, result: { content: [{ text: 'done' }] } });
    await session.delete();
  });
});

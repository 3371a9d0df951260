import { beforeEach, describe, expect, it } from 'vitest';
import { able, ask } from '../answer.js';
import { mcpApp, type McpApp } from '../fixtures.js';
import { EXTENSION, TaskClient } from '../tasks/task-client.js';
import { Deleting, accepted, asked, ran } from './confirming-tools.js';

const KEY = 'nestjs-clerk-mcp/confirm';
beforeEach(() => {
  ran.length = 0;
  asked.length = 0;
});

const EVERYTHING = { elicitation: { form: {} } };

/** One round, as a client of 2026-07-28 sends it. */
function round({ url }: McpApp, name: string, args: object, more: object = {}, as = 'alice') {
  const params = { name, arguments: args, ...able(EVERYTHING), ...more };
  return ask(url, 'tools/call', params, { as });
}

const text = (answer: { result?: any }) => answer.result?.content?.[0]?.text;

async function asking(app: McpApp, name: string, args: object, as = 'alice'): Promise<string> {
  const { result } = await round(app, name, args, {}, as);
  expect(result).toMatchObject({ resultType: 'input_required', inputRequests: { [KEY]: {} } });
  return result.requestState;
}

describe('a tool with @Confirm()', () => {
  it('asks before it runs, and runs when the client confirms', async () => {
    const app = await mcpApp([Deleting]);
    const { result } = await round(app, 'remove', { id: 'n1' });
    expect(result.inputRequests).toEqual({
      [KEY]: {
        method: 'elicitation/create',
        params: {
          mode: 'form',
          message: 'Delete n1?',
          requestedSchema: expect.objectContaining({
            properties: { confirm: { type: 'boolean', title: 'Confirm' } },
            required: ['confirm'],
          }),
        },
      },
    });
    expect(ran).toEqual([]);
    const more = { requestState: result.requestState, inputResponses: { [KEY]: accepted } };
    expect(text(await round(app, 'remove', { id: 'n1' }, more))).toBe('deleted n1');
    expect(ran).toEqual(['n1']);
  });

  it.each([
    ['decline', { action: 'decline' }, 'declined'],
    ['cancel', { action: 'cancel' }, 'dismissed'],
    ['an accepted form with false', { action: 'accept', content: { confirm: false } }, 'declined'],
  ])('does not run after %s, and says so', async (_what, answer, word) => {
    const app = await mcpApp([Deleting]);
    const requestState = await asking(app, 'wipe-all', {});
    const more = { requestState, inputResponses: { [KEY]: answer } };
    const outcome = await round(app, 'wipe-all', {}, more);
    expect(outcome.result).toMatchObject({
      isError: true,
      _meta: { 'nestjs-clerk-mcp/error': { code: 'NOT_CONFIRMED' } },
    });
    expect(text(outcome)).toMatch(new RegExp(`^wipe-all did not run: the user ${word}`));
    expect(ran).toEqual([]);
    expect(app.log.errors).toEqual([]);
  });

  it.each([
    ['without content', { action: 'accept' }],
    ['with text for the boolean', { action: 'accept', content: { confirm: 'true' } }],
    ['of another kind', { roots: [] }],
  ])('asks again after an answer %s', async (_what, answer) => {
    const app = await mcpApp([Deleting]);
    const requestState = await asking(app, 'remove', { id: 'n1' });
    const more = { requestState, inputResponses: { [KEY]: answer } };
    const { result } = await round(app, 'remove', { id: 'n1' }, more);
    expect(result).toMatchObject({ resultType: 'input_required' });
    expect(ran).toEqual([]);
  });

  it('takes no answer without the state of the question, or with one of another call', async () => {
    const app = await mcpApp([Deleting]);
    const inputResponses = { [KEY]: accepted };
    const bare = await round(app, 'remove', { id: 'n1' }, { inputResponses });
    expect(bare.result.resultType).toBe('input_required');

    const requestState = await asking(app, 'remove', { id: 'n1' });
    const other = await round(app, 'remove', { id: 'n2' }, { requestState, inputResponses });
    expect(other.result).toMatchObject({
      resultType: 'input_required',
      inputRequests: { [KEY]: { params: { message: 'Delete n2?' } } },
    });
    const more = await round(app, 'remove', { id: 'n1', x: 1 }, { requestState, inputResponses });
    expect(more.result.resultType).toBe('input_required');
    const bob = await round(app, 'remove', { id: 'n1' }, { requestState, inputResponses }, 'bob');
    expect(bob.error).toMatchObject({ code: -32602 });
    const foreign = await round(app, 'asks', { id: 'n1' }, { requestState, inputResponses });
    expect(foreign.error).toMatchObject({ code: -32602 });
    expect(ran).toEqual([]);
  });

  it('keeps a confirmation through the questions of its handler, for the same arguments', async () => {
    const app = await mcpApp([Deleting]);
    const confirming = await asking(app, 'asks', { id: 'a' });
    const first = { requestState: confirming, inputResponses: { [KEY]: accepted } };
    const second = (await round(app, 'asks', { id: 'a' }, first)).result;
    expect(Object.keys(second.inputRequests)).toEqual(['name']);
    const named = {
      requestState: second.requestState,
      inputResponses: { name: { action: 'accept', content: { name: 'Ada' } } },
    };
    const changed = (await round(app, 'asks', { id: 'b' }, named)).result;
    expect(Object.keys(changed.inputRequests)).toEqual([KEY]);
    const third = (await round(app, 'asks', { id: 'a' }, named)).result;
    expect(Object.keys(third.inputRequests)).toEqual(['town']);
    const last = {
      requestState: third.requestState,
      inputResponses: { town: { action: 'accept', content: { town: 'Rome' } } },
    };
    expect(text(await round(app, 'asks', { id: 'a' }, last))).toBe('Ada of Rome');
  });

  it('compares what the client sent: the order of members and defaults do not matter', async () => {
    const app = await mcpApp([Deleting]);
    const requestState = await asking(app, 'defaulted', { id: 'n1', other: { a: 1, b: 2 } });
    const more = { requestState, inputResponses: { [KEY]: accepted } };
    const reordered = { other: { b: 2, a: 1 }, id: 'n1' };
    expect(text(await round(app, 'defaulted', reordered, more))).toBe('n1');
  });

  it('asks after the guards, the interceptors and the validation', async () => {
    const app = await mcpApp([Deleting]);
    expect(text(await round(app, 'guarded', {}))).toBe('Nobody may.');
    const invalid = await round(app, 'remove', { id: '' });
    expect(invalid.result).toMatchObject({ isError: true });
    expect(asked).toEqual([]);
    const requestState = await asking(app, 'who', { id: 'x' });
    expect(ran).toEqual(['interceptor']);
    const more = { requestState, inputResponses: { [KEY]: accepted } };
    expect(text(await round(app, 'who', { id: 'x' }, more))).toBe('user_alice x user_alice');
  });

  it.each([{}, { elicitation: { url: {} } }, { sampling: {} }])(
    'is refused to a client that can do %j',
    async (capabilities) => {
      const app = await mcpApp([Deleting]);
      const answer = await round(app, 'remove', { id: 'n1' }, able(capabilities));
      expect(answer).toMatchObject({
        status: 400,
        error: {
          code: -32021,
          message: expect.stringContaining('asks the user to confirm each call'),
          data: { requiredCapabilities: { elicitation: { form: {} } } },
        },
      });
      expect(asked).toEqual([]);
      expect(app.log.errors).toEqual([]);
    },
  );

  it('asks inside a task, and lets its handler ask there', async () => {
    const app = await mcpApp([Deleting]);
    const alice = new TaskClient(app.url);
    const id = await alice.start('job', { id: 'j' });
    const [confirm = ''] = await alice.asked(id);
    expect(confirm).toContain(KEY);
    await alice.update(id, { [confirm]: accepted });
    const [name = ''] = await alice.asked(id);
    expect(name).toContain('name');
    await alice.update(id, { [name]: { action: 'accept', content: { name: 'Ada' } } });
    expect(await alice.ended(id)).toMatchObject({ result: { content: [{ text: 'j Ada' }] } });

    const declined = await alice.start('job', { id: 'j' });
    const [key = ''] = await alice.asked(declined);
    await alice.update(declined, { [key]: { action: 'decline' } });
    expect(await alice.ended(declined)).toMatchObject({ result: { isError: true } });
    expect(ran).toEqual(['job']);
  });

  it('asks before its handler makes the call a task', async () => {
    const app = await mcpApp([Deleting]);
    const alice = new TaskClient(app.url);
    const { result } = await alice.call('later');
    expect(result).toMatchObject({ resultType: 'input_required' });
    expect(ran).toEqual([]);
    const { requestState } = result;
    const more = { requestState, inputResponses: { [KEY]: accepted } };
    const { result: task } = await alice.call('later', {}, more);
    expect(await alice.ended(task.taskId)).toMatchObject({ status: 'completed' });
    expect(ran).toEqual([true]);
  });

  it('refuses a task of a client that cannot show forms', async () => {
    const app = await mcpApp([Deleting]);
    const mute = new TaskClient(app.url, 'alice', { extensions: { [EXTENSION]: {} } });
    const ended = await mute.ended(await mute.start('job', { id: 'j' }));
    expect(ended).toMatchObject({ status: 'failed', error: { code: -32021 } });
    expect(ran).toEqual([]);
  });

  it('does not run for a client without a session of an earlier revision', async () => {
    const app = await mcpApp([Deleting], { legacy: 'stateless' });
    const params = { name: 'remove', arguments: { id: 'n1' } };
    const answer = await ask(app.url, 'tools/call', params, { era: 'legacy' });
    expect(answer.result).toMatchObject({
      isError: true,
      _meta: { 'nestjs-clerk-mcp/error': { code: 'CONFIRMATION_UNAVAILABLE' } },
    });
    expect(ran).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { mcpApp } from '../fixtures.js';
import { EXTENSION, TaskClient, accept } from './task-client.js';
import { AliceOnly, Jobs, TaskTools } from './task-tools.js';

async function start() {
  const { app, url } = await mcpApp([Jobs, AliceOnly, TaskTools]);
  return { jobs: app.get(Jobs), alice: new TaskClient(url), url };
}

describe('input inside a task', () => {
  it('is asked with tasks/get, answered with tasks/update, and leads to the result', async () => {
    const { alice } = await start();
    const id = await alice.start('sure');
    const [key = ''] = await alice.asked(id);
    const { result } = await alice.get(id);
    expect(result.inputRequests[key]).toMatchObject({
      method: 'elicitation/create',
      params: { mode: 'form', message: 'Sure?' },
    });
    expect(result).not.toHaveProperty('requestState');
    const ack = await alice.update(id, { [key]: accept({ sure: true }) });
    expect(Object.keys(ack.result).toSorted()).toEqual(['_meta', 'resultType']);
    expect(await alice.ended(id)).toMatchObject({
      status: 'completed',
      result: { content: [{ text: 'sure after 1' }] },
    });
  });

  it('uses each key once, also where the handler asks the same again', async () => {
    const { alice } = await start();
    const id = await alice.start('sure');
    const [first = ''] = await alice.asked(id);
    await alice.update(id, { [first]: { action: 'decline' } });
    const [second = ''] = await alice.asked(id);
    expect(second).not.toBe(first);
    await alice.update(id, { [first]: accept({ sure: true }) });
    expect(await alice.asked(id)).toEqual([second]);
    await alice.update(id, { [second]: accept({ sure: true }) });
    expect(await alice.ended(id)).toMatchObject({
      result: { content: [{ text: 'sure after 2' }] },
    });
  });

  it('may be answered one by one', async () => {
    const { alice } = await start();
    const id = await alice.start('two');
    const [one = '', other = ''] = await alice.asked(id);
    await alice.update(id, { [one]: accept({ name: 'Ann' }) });
    expect(await alice.asked(id)).toEqual([other]);
    await alice.update(id, { [one]: accept({ name: 'Eve' }), [other]: accept({ name: 'Bob' }) });
    expect(await alice.ended(id)).toMatchObject({ result: { content: [{ text: 'Ann and Bob' }] } });
  });

  it('ignores answers that nobody waits for', async () => {
    const { alice, jobs } = await start();
    const asking = await alice.start('sure');
    const keys = await alice.asked(asking);
    const junk = { unknown: { ignored: true }, __proto__: 1, constructor: 7 };
    expect(await alice.update(asking, junk)).toMatchObject({ status: 200 });
    expect(await alice.asked(asking)).toEqual(keys);

    const working = await alice.start('wait', { name: 'a' });
    expect(await alice.update(working, { a: accept({}) })).toMatchObject({ status: 200 });
    jobs.open('a');
    await alice.ended(working);
    expect(await alice.update(working, { a: accept({}) })).toMatchObject({ status: 200 });
  });

  it.each([
    ['a number', 7],
    ['null', null],
    ['no action', { content: {} }],
    ['an unknown action', { action: 'maybe' }],
    ['content that is no object', { action: 'accept', content: 'yes' }],
    ['an answer of another kind', { roots: [] }],
    ['an answer in an envelope', { method: 'elicitation/create', result: { action: 'accept' } }],
  ])('refuses %s as an answer, and goes on waiting', async (_what, answer) => {
    const { alice } = await start();
    const id = await alice.start('two');
    const [one = '', other = ''] = await alice.asked(id);
    const { error } = await alice.update(id, { [one]: answer, [other]: accept({ name: 'Bob' }) });
    expect(error).toMatchObject({ code: -32602, message: expect.stringContaining(one) });
    expect(await alice.asked(id)).toEqual([one, other]);
  });

  it('is asked for again where the form does not fit', async () => {
    const { alice } = await start();
    const id = await alice.start('two');
    const [one = '', other = ''] = await alice.asked(id);
    await alice.update(id, { [one]: accept({ name: 7 }), [other]: accept({ name: 'Bob' }) });
    expect(await alice.asked(id)).toHaveLength(2);
  });

  it('is refused where it is missing', async () => {
    const { alice } = await start();
    const id = await alice.start('sure');
    const keys = await alice.asked(id);
    expect((await alice.update(id, undefined)).error?.code).toBe(-32602);
    expect(await alice.asked(id)).toEqual(keys);
  });

  it.each([null, 'text', [1]])('changes nothing where it is %j', async (inputResponses) => {
    const { alice } = await start();
    const id = await alice.start('sure');
    const keys = await alice.asked(id);
    await alice.update(id, inputResponses);
    expect(await alice.asked(id)).toEqual(keys);
  });

  it('ends the task with an error where the client cannot give it', async () => {
    const { alice } = await start();
    expect(await alice.ended(await alice.start('samples'))).toMatchObject({
      status: 'failed',
      error: { code: -32021, data: { requiredCapabilities: { sampling: {} } } },
    });
  });

  it('ends the task where a handler asks nothing', async () => {
    const { alice } = await start();
    expect(await alice.ended(await alice.start('nothing'))).toMatchObject({
      status: 'failed',
      error: { code: -32603 },
    });
  });

  it('ends with the task', async () => {
    const { alice } = await start();
    const id = await alice.start('sure');
    const [key = ''] = await alice.asked(id);
    await alice.cancel(id);
    await alice.update(id, { [key]: accept({ sure: true }) });
    expect((await alice.get(id)).result).toMatchObject({ status: 'cancelled' });
  });
});

describe('input before a task, that the handler starts', () => {
  const user = (name: string) => ({ inputResponses: { user: accept({ name }) } });

  it('is an answer to the call; the next call becomes the task', async () => {
    const { alice, jobs } = await start();
    const { result } = await alice.call('later');
    expect(result).toMatchObject({ resultType: 'input_required', inputRequests: { user: {} } });
    expect(result).not.toHaveProperty('taskId');
    const { result: created } = await alice.call('later', {}, user('Ann'));
    expect(created).toMatchObject({ resultType: 'task', status: 'working' });
    jobs.open('Ann');
    expect(await alice.ended(created.taskId)).toMatchObject({
      result: { content: [{ text: 'Ann true,true' }] },
    });
  });

  it('needs no task where the handler has its result before', async () => {
    const { alice } = await start();
    expect((await alice.call('later', {}, user('nobody'))).result).toMatchObject({
      resultType: 'complete',
      content: [{ text: 'nothing to do' }],
    });
  });

  it('leads to a plain result for a client without tasks', async () => {
    const { url, jobs } = await start();
    jobs.open('Ann');
    const plain = new TaskClient(url, 'alice', { elicitation: {} });
    expect((await plain.call('later', {}, user('Ann'))).result).toMatchObject({
      resultType: 'complete',
      content: [{ text: 'Ann false,false' }],
    });
  });

  it('is what the client must be able to give', async () => {
    const { url } = await start();
    const mute = new TaskClient(url, 'alice', { extensions: { [EXTENSION]: {} } });
    expect((await mute.call('later')).error?.code).toBe(-32021);
  });
});

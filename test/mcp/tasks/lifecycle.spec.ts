import { describe, expect, it } from 'vitest';
import { McpTasks } from '../../../src/mcp/tasks/mcp-tasks.js';
import { mcpApp } from '../fixtures.js';
import { TaskClient } from './task-client.js';
import { AliceOnly, Jobs, ScopedTools, TaskTools } from './task-tools.js';

const TASK_ID = /^[a-z0-9]{8}\.[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

async function start() {
  const { app, url, log } = await mcpApp([Jobs, AliceOnly, TaskTools, ScopedTools]);
  return { log, jobs: app.get(Jobs), tasks: app.get(McpTasks), alice: new TaskClient(url), url };
}

describe('a task', () => {
  it('is answered at once, while its handler runs on', async () => {
    const { alice, jobs } = await start();
    const { status, result } = await alice.call('wait', { name: 'a' });
    expect(status).toBe(200);
    expect(result).toMatchObject({
      resultType: 'task',
      taskId: expect.stringMatching(TASK_ID),
      status: 'working',
      ttlMs: 900_000,
      pollIntervalMs: 1_000,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
    for (const key of ['result', 'error', 'inputRequests', 'requestState', 'task', 'ttl']) {
      expect(result).not.toHaveProperty(key);
    }
    expect((await alice.get(result.taskId)).result).toMatchObject({
      resultType: 'complete',
      taskId: result.taskId,
      status: 'working',
    });
    jobs.open('a');
    expect(await alice.ended(result.taskId)).toMatchObject({
      status: 'completed',
      result: { structuredContent: { name: 'a' }, content: [{ type: 'text' }] },
    });
    expect(jobs.log).toEqual(['a task']);
  });

  it('keeps its result, and is no longer held in the process', async () => {
    const { alice, jobs, tasks } = await start();
    const id = await alice.start('wait', { name: 'a' });
    expect(tasks.running).toBe(1);
    jobs.open('a');
    const first = await alice.ended(id);
    expect(tasks.running).toBe(0);
    expect((await alice.get(id)).result).toEqual(first);
  });

  it('has the times that its tool says', async () => {
    const { alice } = await start();
    const { result } = await alice.call('must', { name: 'a' });
    expect(result).toMatchObject({ ttlMs: 1_000, pollIntervalMs: 50 });
  });

  it('says with its progress what it is about', async () => {
    const { alice, jobs } = await start();
    const id = await alice.start('report', { name: 'a' });
    await jobs.reached('a');
    expect((await alice.get(id)).result.statusMessage).toBe('1 of 3');
    jobs.open('a');
    await jobs.reached('a again');
    expect((await alice.get(id)).result.statusMessage).toBe('nearly there');
    jobs.open('a again');
    expect(await alice.ended(id)).toMatchObject({ status: 'completed' });
  });

  it('is cancelled by its client: the signal aborts, and no result comes after it', async () => {
    const { alice, jobs, tasks, log } = await start();
    const id = await alice.start('wait', { name: 'a' });
    const signal = await jobs.reached('a');
    expect(await alice.cancel(id)).toEqual(ack());
    expect(signal.aborted).toBe(true);
    jobs.open('a');
    expect(await alice.ended(id)).toMatchObject({ status: 'cancelled' });
    expect(tasks.running).toBe(0);
    expect(signal.reason).toMatchObject({ code: 'TASK_STOPPED' });
    expect(log.errors).toEqual([]);
  });

  it('may be cancelled when it has ended, and stays as it is', async () => {
    const { alice, jobs } = await start();
    const id = await alice.start('wait', { name: 'a' });
    jobs.open('a');
    const ended = await alice.ended(id);
    expect(await alice.cancel(id)).toEqual(ack());
    expect((await alice.get(id)).result).toEqual(ended);
  });

  it('is not aborted by a client that goes away', async () => {
    const { url, alice, jobs } = await start();
    const id = await new TaskClient(url).start('wait', { name: 'a' });
    const signal = await jobs.reached('a');
    expect(signal.aborted).toBe(false);
    jobs.open('a');
    expect(await alice.ended(id)).toMatchObject({ status: 'completed' });
  });
});

describe('a task that fails', () => {
  it('has completed with an error of the tool, and tells no internals', async () => {
    const { alice, log } = await start();
    const task = await alice.ended(await alice.start('bug'));
    expect(task).toMatchObject({ status: 'completed', result: { isError: true } });
    expect(JSON.stringify(task)).not.toContain('secret');
    expect(log.errors.join()).toContain('a secret of the house');
  });

  it('has failed with an error of the protocol', async () => {
    const { alice } = await start();
    const task = await alice.ended(await alice.start('broken'));
    const error = { code: -32_000, message: 'No such thing', data: { thing: 1 } };
    expect(task).toMatchObject({ status: 'failed', error });
    expect(task).not.toHaveProperty('result');
  });

  it('has completed with an error for input that does not fit', async () => {
    const { alice } = await start();
    const task = await alice.ended(await alice.start('wait', { name: 1 }));
    expect(task).toMatchObject({ status: 'completed', result: { isError: true } });
    expect(JSON.stringify(task)).toContain('name');
  });
});

describe('the pipeline of a task', () => {
  it('runs guards, with the request that started it', async () => {
    const { url, alice, jobs } = await start();
    expect(await alice.ended(await alice.start('guarded'))).toMatchObject({
      status: 'completed',
      result: { content: [{ text: 'alice' }] },
    });
    expect(jobs.log).toEqual(['guard mcp']);
    const bob = new TaskClient(url, 'bob');
    expect(await bob.ended(await bob.start('guarded'))).toMatchObject({
      result: { isError: true, content: [{ text: 'Only alice may do this.' }] },
    });
  });

  it('keeps one instance of a request-scoped provider for all rounds', async () => {
    const { alice } = await start();
    const instances = await Promise.all(
      [1, 2].map(async () => {
        const id = await alice.start('instance');
        const [key = ''] = await alice.asked(id);
        await alice.update(id, { [key]: { action: 'accept', content: { sure: true } } });
        const task = await alice.ended(id);
        if (task.status !== 'completed') throw new Error(task.status);
        return task.result.structuredContent as { asked: number; answered: number };
      }),
    );
    for (const { asked, answered } of instances) expect(asked).toBe(answered);
    expect(instances[0]?.asked).not.toBe(instances[1]?.asked);
  });
});

const ack = () => ({
  status: 200,
  jsonrpc: '2.0',
  id: expect.anything(),
  result: { resultType: 'complete', _meta: expect.anything() },
});

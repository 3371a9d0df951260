import { describe, expect, it } from 'vitest';
import { NotFoundException } from '@nestjs/common';
import { McpTasks } from '../../../src/index.js';
import { eventually } from '../../support/within.js';
import { mcpApp, rpc } from '../fixtures.js';
import { DetachedTools } from './detached-tools.js';
import { TaskClient } from './task-client.js';
import { listen } from './task-listener.js';
import { AliceOnly, Jobs, TaskTools } from './task-tools.js';

async function start(options: Parameters<typeof mcpApp>[1] = {}) {
  const { app, url, log } = await mcpApp([Jobs, AliceOnly, TaskTools, DetachedTools], options);
  const tasks = app.get(McpTasks);
  return { app, url, log, tasks, jobs: app.get(Jobs), alice: new TaskClient(url) };
}

/** Starts a task, and waits until its handler has returned. */
async function handedOver({ alice, tasks }: Awaited<ReturnType<typeof start>>) {
  const id = await alice.start('print');
  await eventually(() => expect(tasks.running).toBe(0));
  return { id, task: tasks.handle(id) };
}

describe('a detached task', () => {
  it('goes on after its handler has returned, until the application completes it', async () => {
    const service = await start();
    const { id, task } = await handedOver(service);
    expect((await service.alice.get(id)).result).toMatchObject({
      status: 'working',
      statusMessage: 'queued',
    });
    expect([await task.progress('half done'), await task.status()]).toEqual([true, 'working']);
    expect((await service.alice.get(id)).result.statusMessage).toBe('half done');
    expect(await task.complete({ pages: 12 })).toBe(true);
    expect((await service.alice.get(id)).result).toMatchObject({
      status: 'completed',
      result: { structuredContent: { pages: 12 }, content: [{ text: '{"pages":12}' }] },
    });
    expect(await task.complete({ pages: 13 })).toBe(false);
    expect(await service.alice.ended(id)).toMatchObject({
      result: { structuredContent: { pages: 12 } },
    });
  });

  it('refuses a result that the schema of the tool refuses, and goes on', async () => {
    const { id, task } = await handedOver(await start());
    await expect(task.complete({ pages: 'all' })).rejects.toMatchObject({
      code: 'INVALID_TOOL_OUTPUT',
    });
    expect([task.id, await task.status()]).toEqual([id, 'working']);
  });

  it('fails as if its handler had thrown, without the words of a bug', async () => {
    const service = await start();
    const first = await handedOver(service);
    await first.task.fail(new Error('secret.internal:6379'));
    const bug = await service.alice.ended(first.id);
    expect(bug).toMatchObject({ status: 'completed', result: { isError: true } });
    expect(JSON.stringify(bug)).not.toContain('secret');
    expect(service.log.errors.join()).toContain('secret.internal');
    const second = await handedOver(service);
    await second.task.fail(new NotFoundException('No such printer'));
    expect(await service.alice.ended(second.id)).toMatchObject({
      result: { isError: true, content: [{ text: 'No such printer' }] },
    });
  });

  it('that is cancelled tells its worker so', async () => {
    const service = await start();
    const { id, task } = await handedOver(service);
    await service.alice.cancel(id);
    expect(await task.status()).toBe('cancelled');
    expect(await task.progress('on and on')).toBe(false);
    expect(await task.complete({ pages: 1 })).toBe(false);
    expect(await task.fail(new Error('late'))).toBe(false);
    expect((await service.alice.get(id)).result.status).toBe('cancelled');
  });

  it('can be completed while its handler runs, which then ends', async () => {
    const { alice, tasks, jobs } = await start();
    const id = await alice.start('slow');
    const signal = await jobs.reached('slow');
    expect(await tasks.handle(id).complete('done')).toBe(true);
    expect(await alice.ended(id)).toMatchObject({ result: { content: [{ text: 'done' }] } });
    jobs.open('slow');
    await eventually(() => expect(tasks.running).toBe(0));
    expect(signal.aborted).toBe(false);
    expect(await alice.ended(id)).toMatchObject({ result: { content: [{ text: 'done' }] } });
  });

  it('ends with the error of a handler that could not hand it over', async () => {
    const { alice } = await start();
    const task = await alice.ended(await alice.start('noQueue'));
    expect(task).toMatchObject({ status: 'completed', result: { isError: true } });
    expect(JSON.stringify(task)).not.toContain('redis.internal');
  });

  it('tells listeners of its changes', async () => {
    const service = await start();
    const { id, task } = await handedOver(service);
    const { next } = await listen(service.alice, { taskIds: [id] });
    await next();
    expect((await next()).params.statusMessage).toBe('queued');
    await task.progress('half done');
    expect((await next()).params.statusMessage).toBe('half done');
    await task.complete({ pages: 1 });
    expect((await next()).params.status).toBe('completed');
    expect((await next()).result.resultType).toBe('complete');
  });

  it('that is too large has failed', async () => {
    const service = await start({ tasks: { maxBytesPerPrincipal: 3_000 } });
    const id = await service.alice.start('slow');
    await service.jobs.reached('slow');
    service.jobs.open('slow');
    await eventually(() => expect(service.tasks.running).toBe(0));
    expect(await service.tasks.handle(id).complete('x'.repeat(5_000))).toBe(true);
    expect(await service.alice.ended(id)).toMatchObject({
      status: 'failed',
      error: { message: expect.stringContaining('too large') },
    });
  });
});

describe('McpTasks.handle()', () => {
  it('knows nothing of a task that does not exist', async () => {
    const task = (await start()).tasks.handle('nothing');
    expect(await task.status()).toBeUndefined();
    expect(await task.progress('x')).toBe(false);
    expect(await task.complete({})).toBe(false);
  });

  it('does not end a task that its handler ends', async () => {
    const { alice, tasks, jobs } = await start();
    const id = await alice.start('wait', { name: 'a' });
    await expect(tasks.handle(id).complete('x')).rejects.toMatchObject({
      code: 'INVALID_TASK_HANDLE',
      message: expect.stringContaining('detached: true'),
    });
    jobs.open('a');
    expect(await alice.ended(id)).toMatchObject({ status: 'completed' });
  });
});

it('a client without tasks gets what the handler of a detached tool returns', async () => {
  const { url } = await start();
  const response = await rpc(url, 'tools/call', { name: 'print' }, { as: 'alice' });
  expect(((await response.json()) as any).result.structuredContent).toEqual({ pages: 1 });
});

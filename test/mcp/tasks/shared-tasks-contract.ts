import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { McpTaskStore } from '../../../src/extend.js';
import type { SharedTaskStore } from '../../../src/mcp/tasks/shared-task-store.js';
import { eventually } from '../../support/within.js';
import type { McpAppOptions } from '../fixtures.js';
import { describeDetachedTasks } from './shared-detached-contract.js';
import { TaskClient, accept } from './task-client.js';
import { listen } from './task-listener.js';
import { startTaskNode, type SharedEngine, type TaskNode } from './task-node.js';

/** Tasks over several nodes, over any engine. */
export function describeSharedTasks(start: () => Promise<SharedEngine>): void {
  let engine: SharedEngine;
  let nodes: TaskNode[];
  let one: TaskNode;
  let other: TaskNode;

  const node = async (options: McpAppOptions = {}): Promise<TaskNode> => {
    const started = await startTaskNode(await engine.node(), options);
    nodes.push(started);
    return started;
  };

  beforeEach(async () => {
    engine = await start();
    nodes = [];
    [one, other] = [await node(), await node()];
  });
  afterEach(async () => {
    await Promise.all(nodes.map(({ app }) => app.close()));
    await engine.close();
  });

  describe('a task', () => {
    it('is found at every node, with its progress and its result', async () => {
      const id = await one.alice.start('report', { name: 'a' });
      expect(id.startsWith(`${one.backplane.nodeId}.`)).toBe(true);
      await one.jobs.reached('a');
      expect((await other.alice.get(id)).result).toMatchObject({
        status: 'working',
        statusMessage: '1 of 3',
      });
      one.jobs.open('a');
      one.jobs.open('a again');
      const ended = await other.alice.ended(id);
      expect(ended.status).toBe('completed');
      expect(await one.alice.ended(id)).toEqual(ended);
    });

    it('is unknown to others at every node', async () => {
      const id = await one.alice.start('wait', { name: 'a' });
      const bob = new TaskClient(other.url, 'bob');
      expect((await bob.get(id)).error?.code).toBe(-32602);
      expect((await bob.cancel(id)).error?.code).toBe(-32602);
      expect((await other.alice.get(id)).result.status).toBe('working');
    });

    it('that is cancelled at another node aborts its handler, and stays cancelled', async () => {
      const id = await one.alice.start('report', { name: 'a' });
      const signal = await one.jobs.reached('a');
      expect((await other.alice.cancel(id)).error).toBeUndefined();
      expect(signal.aborted).toBe(true);
      one.jobs.open('a');
      one.jobs.open('a again');
      await eventually(() => expect(one.tasks.running).toBe(0));
      expect((await one.alice.get(id)).result.status).toBe('cancelled');
      expect((await other.alice.get(id)).result.status).toBe('cancelled');
    });

    it('goes on with an answer that another node got', async () => {
      const id = await one.alice.start('sure');
      const [key = ''] = await other.alice.asked(id);
      expect((await other.alice.update(id, { [key]: 1 })).error).toMatchObject({ code: -32602 });
      expect((await other.alice.get(id)).result.status).toBe('input_required');
      const answered = await other.alice.update(id, { [key]: accept({ sure: true }) });
      expect(answered.error).toBeUndefined();
      expect(await other.alice.ended(id)).toMatchObject({
        result: { content: [{ text: 'sure after 1' }] },
      });
    });

    it('goes on with answers that different nodes got', async () => {
      const third = await node();
      const id = await one.alice.start('two');
      const [first = '', second = ''] = await other.alice.asked(id);
      await other.alice.update(id, { [first]: accept({ name: 'x' }) });
      await eventually(async () => expect(await third.alice.asked(id)).toEqual([second]));
      await third.alice.update(id, { [second]: accept({ name: 'y' }), unknown: 1 });
      expect(await one.alice.ended(id)).toMatchObject({
        result: { content: [{ text: 'x and y' }] },
      });
    });

    it('that has ended ignores answers and cancellations, at every node', async () => {
      const id = await one.alice.start('guarded');
      const ended = await other.alice.ended(id);
      expect((await other.alice.update(id, { x: accept({}) })).error).toBeUndefined();
      expect((await other.alice.cancel(id)).error).toBeUndefined();
      expect(await other.alice.ended(id)).toEqual(ended);
    });
  });

  describe('a subscription at another node', () => {
    it('tells every change, and ends with the task', async () => {
      const id = await one.alice.start('report', { name: 'a' });
      await one.jobs.reached('a');
      const { next } = await listen(other.alice, { taskIds: [id] });
      expect((await next()).params.notifications).toEqual({ taskIds: [id] });
      expect((await next()).params.statusMessage).toBe('1 of 3');
      one.jobs.open('a');
      expect((await next()).params.statusMessage).toBe('nearly there');
      one.jobs.open('a again');
      expect((await next()).params.status).toBe('completed');
      expect((await next()).result.resultType).toBe('complete');
      expect(await next()).toBeUndefined();
    });

    it('tells that the node has died', async () => {
      const id = await one.alice.start('wait', { name: 'a' });
      const { next } = await listen(other.alice, { taskIds: [id] });
      await next();
      expect((await next()).params.status).toBe('working');
      await engine.loseLease(one.backplane);
      expect((await next()).params).toMatchObject({ status: 'failed', error: { code: -32603 } });
      expect((await next()).result.resultType).toBe('complete');
    });
  });

  describe('the limits', () => {
    it('count the tasks of all nodes', async () => {
      const few = { tasks: { maxPerPrincipal: 2 } };
      const [a, b] = [await node(few), await node(few)];
      await a.alice.start('wait', { name: 'a' });
      const second = await b.alice.start('guarded');
      await b.alice.ended(second);
      for (const { alice } of [a, b]) {
        expect((await alice.call('wait', { name: 'c' })).result).toMatchObject({ isError: true });
      }
      await new TaskClient(a.url, 'bob').start('wait', { name: 'a' });
    });

    it('count the bytes of all nodes: old results give way to new ones', async () => {
      const small = { tasks: { maxBytesPerPrincipal: 20_000 } };
      const [a, b] = [await node(small), await node(small)];
      const print = async ({ alice, tasks }: TaskNode, length: number): Promise<string> => {
        const id = await alice.start('big', { length });
        await eventually(() => expect(tasks.running).toBe(0));
        return id;
      };
      const first = await print(a, 12_000);
      expect((await b.alice.get(first)).result.status).toBe('completed');
      const second = await print(b, 12_000);
      expect((await a.alice.get(second)).result.status).toBe('completed');
      expect((await b.alice.get(first)).error?.code).toBe(-32602);
      const third = await print(a, 30_000);
      expect((await b.alice.get(third)).result).toMatchObject({
        status: 'failed',
        error: { message: expect.stringContaining('too large') },
      });
    });
  });

  it('answers that are too large for a person are refused at every node', async () => {
    const small = { tasks: { maxBytesPerPrincipal: 3_000 } };
    const [a, b] = [await node(small), await node(small)];
    const id = await a.alice.start('sure');
    const [key = ''] = await b.alice.asked(id);
    for (const { alice } of [a, b]) {
      const answer = accept({ sure: true, why: 'x'.repeat(4_000) });
      const { error } = await alice.update(id, { [key]: answer });
      expect(error).toMatchObject({ code: -32603, message: expect.stringContaining('no room') });
    }
    expect((await b.alice.get(id)).result.status).toBe('input_required');
  });

  describe('a node that is gone', () => {
    it('has its tasks failed by the others, also those that nobody asks for', async () => {
      const ids = [
        await one.alice.start('wait', { name: 'a' }),
        await one.alice.start('sure'),
        await one.alice.start('guarded'),
      ];
      await one.alice.ended(ids[2] ?? '');
      await one.alice.asked(ids[1] ?? '');
      await engine.loseLease(one.backplane);
      const tasks = await Promise.all(ids.map((id) => other.alice.ended(id)));
      expect(tasks.map(({ status }) => status)).toEqual(['failed', 'failed', 'completed']);
      expect(tasks[0]).toMatchObject({
        error: { code: -32603, message: 'The node that ran the task is gone' },
      });
      // The tasks of the node give room to others.
      await eventually(async () =>
        expect(
          await other.app.get<SharedTaskStore>(McpTaskStore).idsOf(one.backplane.nodeId),
        ).toEqual([]),
      );
    });

    it('can change none of them when it comes back, and aborts their handlers', async () => {
      const id = await one.alice.start('report', { name: 'a' });
      const signal = await one.jobs.reached('a');
      await engine.loseLease(one.backplane);
      const failed = await other.alice.ended(id);
      await engine.regainLease(one.backplane);
      await eventually(() => expect(signal.aborted).toBe(true));
      one.jobs.open('a');
      one.jobs.open('a again');
      await eventually(() => expect(one.tasks.running).toBe(0));
      expect(await one.alice.ended(id)).toEqual(failed);
      expect(await other.alice.ended(id)).toEqual(failed);
    });

    it('writes nothing over them even if it never learns that it was gone', async () => {
      const id = await one.alice.start('report', { name: 'a' });
      const signal = await one.jobs.reached('a');
      await engine.loseLease(one.backplane);
      const failed = await other.alice.ended(id);
      one.jobs.open('a');
      await eventually(() => expect(signal.aborted).toBe(true));
      expect(await other.alice.ended(id)).toEqual(failed);
    });

    it('does not accept an answer: the task has failed', async () => {
      const id = await one.alice.start('sure');
      const [key = ''] = await other.alice.asked(id);
      const task = await other.tasks.get(id, undefined);
      expect(task).toBeUndefined();
      await engine.loseLease(one.backplane);
      const { result, error } = await other.alice.update(id, { [key]: accept({ sure: true }) });
      // Answered before the sweep: refused. After it: a task that has ended ignores answers.
      expect(error?.code ?? result.resultType).toSatisfy((end) =>
        [-32603, 'complete'].includes(end),
      );
      expect((await other.alice.ended(id)).status).toBe('failed');
    });
  });

  describe('while the engine is away', () => {
    it('new tasks are refused and say when to try again, and no word of the engine is told', async () => {
      const elsewhere = await one.alice.start('wait', { name: 'a' });
      await engine.away();
      const answers = await Promise.all([
        other.alice.open('tools/call', { name: 'wait', arguments: { name: 'b' } }),
        other.alice.open('tasks/get', { taskId: elsewhere }),
        other.alice.open('tasks/cancel', { taskId: elsewhere }),
        other.alice.open('tasks/update', { taskId: elsewhere, inputResponses: {} }),
      ]);
      for (const answer of answers) {
        const text = await answer.text();
        expect(JSON.parse(text).error).toEqual({
          code: -32603,
          message: 'The task store is unavailable. Try again later.',
        });
      }
      await eventually(() => expect(other.backplane.isReachable).toBe(false));
      const { status, headers } = await other.alice.open('tools/call', {
        name: 'wait',
        arguments: { name: 'b' },
      });
      expect([status, headers.get('retry-after')]).toEqual([503, '1']);
      expect(other.jobs.log).toEqual([]);
      await engine.back();
    });

    it('running tasks go on, and their ends are stored when it is back', async () => {
      const id = await one.alice.start('report', { name: 'a' });
      await one.jobs.reached('a');
      await engine.away();
      one.jobs.open('a');
      await one.jobs.reached('a again');
      expect((await one.alice.get(id)).result.statusMessage).toBe('nearly there');
      one.jobs.open('a again');
      expect(await one.alice.ended(id)).toMatchObject({ status: 'completed' });
      await engine.back();
      await eventually(async () =>
        expect((await other.alice.get(id)).result?.status).toBe('completed'),
      );
    });

    it('a task that is cancelled where it runs is cancelled everywhere when it is back', async () => {
      const id = await one.alice.start('wait', { name: 'a' });
      const signal = await one.jobs.reached('a');
      await engine.away();
      expect((await one.alice.cancel(id)).error).toBeUndefined();
      expect(signal.aborted).toBe(true);
      await engine.back();
      await eventually(async () =>
        expect(await other.alice.get(id)).toMatchObject({ result: { status: 'cancelled' } }),
      );
    });
  });

  describeDetachedTasks(() => ({ engine, nodes, one, other }));
}

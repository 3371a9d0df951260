import { beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../support/within.js';
import { listen } from './task-listener.js';
import type { SharedEngine, TaskNode } from './task-node.js';

/** The nodes of the running test. */
interface StartedNodes {
  readonly engine: SharedEngine;
  readonly nodes: readonly TaskNode[];
  readonly one: TaskNode;
  readonly other: TaskNode;
}

/** Detached tasks over several nodes. */
export function describeDetachedTasks(started: () => StartedNodes): void {
  let engine: SharedEngine;
  let nodes: readonly TaskNode[];
  let one: TaskNode;
  let other: TaskNode;

  beforeEach(() => {
    ({ engine, nodes, one, other } = started());
  });

  describe('a detached task', () => {
    const handedOver = async (): Promise<string> => {
      const id = await one.alice.start('print');
      await eventually(() => expect(one.tasks.running).toBe(0));
      return id;
    };

    it('is completed by any process, also when its node is gone', async () => {
      const id = await handedOver();
      await engine.loseLease(one.backplane);
      const task = other.tasks.handle(id);
      expect(await task.progress('half done')).toBe(true);
      expect((await other.alice.get(id)).result).toMatchObject({
        status: 'working',
        statusMessage: 'half done',
      });
      await expect(task.complete({ pages: 'x' })).rejects.toMatchObject({
        code: 'INVALID_TOOL_OUTPUT',
      });
      expect(await task.complete({ pages: 2 })).toBe(true);
      expect(await task.complete({ pages: 3 })).toBe(false);
      expect((await other.alice.get(id)).result).toMatchObject({
        status: 'completed',
        result: { structuredContent: { pages: 2 } },
      });
    });

    it('outlives the shutdown of its node', async () => {
      const id = await one.alice.start('slow');
      await one.jobs.reached('slow');
      await one.app.close();
      expect((await other.alice.get(id)).result.status).toBe('working');
      expect(await other.tasks.handle(id).complete('done')).toBe(true);
      expect((await other.alice.get(id)).result.status).toBe('completed');
    });

    it('that is cancelled at one node tells so at the other', async () => {
      const id = await handedOver();
      await other.alice.cancel(id);
      expect(await one.tasks.handle(id).progress('on and on')).toBe(false);
      expect(await one.tasks.handle(id).status()).toBe('cancelled');
    });

    it('tells listeners at every node', async () => {
      const id = await handedOver();
      const listeners = await Promise.all(
        nodes.map(({ alice }) => listen(alice, { taskIds: [id] })),
      );
      for (const { next } of listeners) {
        await next();
        expect((await next()).params.statusMessage).toBe('queued');
      }
      await other.tasks.handle(id).complete({ pages: 1 });
      for (const { next } of listeners) {
        expect((await next()).params).toMatchObject({
          status: 'completed',
          result: { structuredContent: { pages: 1 } },
        });
      }
    });
  });
}

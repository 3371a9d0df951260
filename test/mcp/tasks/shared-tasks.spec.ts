import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../support/within.js';
import { ServiceOfNodes, type NodeInProcess } from '../../support/service-of-nodes.js';
import { describeSharedTasks } from './shared-tasks-contract.js';
import { accept } from './task-client.js';
import { startTaskNode, type TaskNode } from './task-node.js';

describe('tasks over several nodes in one process', () => {
  describeSharedTasks(async () => {
    const service = new ServiceOfNodes();
    const nodeOf = (backplane: object): NodeInProcess => {
      const node = service.nodes.find((one) => one === backplane);
      if (!node) throw new Error('The node is of another service.');
      return node;
    };
    return {
      node: async () => service.node(),
      loseLease: async (node) => void (nodeOf(node).isAlive = false),
      regainLease: async (node) => nodeOf(node).thaw(),
      away: async () => service.away(),
      back: async () => service.back(),
      close: async () => undefined,
    };
  });
});

describe('a node that does not answer messages', () => {
  let service: ServiceOfNodes;
  let one: TaskNode;
  let other: TaskNode;
  let deaf: NodeInProcess;

  beforeEach(async () => {
    service = new ServiceOfNodes();
    deaf = service.node();
    one = await startTaskNode(deaf);
    other = await startTaskNode(service.node());
    deaf.isDeaf = true;
  });
  afterEach(() => Promise.all([one.app.close(), other.app.close()]));

  it('hears of a cancellation with the other changes', async () => {
    const id = await one.alice.start('wait', { name: 'a' });
    const signal = await one.jobs.reached('a');
    expect((await other.alice.cancel(id)).error).toBeUndefined();
    await eventually(() => expect(signal.aborted).toBe(true));
  });

  it('finds the answers in the record, which are not acknowledged', async () => {
    const id = await one.alice.start('sure');
    const [key = ''] = await other.alice.asked(id);
    const { error } = await other.alice.update(id, { [key]: accept({ sure: true }) });
    expect(error?.code).toBe(-32603);
    expect(await other.alice.ended(id)).toMatchObject({
      result: { content: [{ text: 'sure after 1' }] },
    });
  });
});

it('no node is taken for dead right after an outage', async () => {
  const service = new ServiceOfNodes();
  const [first, second] = [service.node(), service.node()];
  const times = { sweepMs: 10, renewedMs: 600_000, aliveMs: 0 };
  const [one, other] = [await startTaskNode(first), await startTaskNode(second, {}, times)];
  onTestFinished(async () => void (await Promise.all([one.app.close(), other.app.close()])));
  const id = await one.alice.start('wait', { name: 'a' });
  first.isAlive = false;
  for (let poll = 0; poll < 5; poll += 1) {
    expect((await other.alice.get(id)).result.status).toBe('working');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});

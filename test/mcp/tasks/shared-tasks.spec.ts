import { describe } from 'vitest';
import { ServiceOfNodes, type NodeInProcess } from './service-of-nodes.js';
import { describeSharedTasks } from './shared-tasks-contract.js';

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

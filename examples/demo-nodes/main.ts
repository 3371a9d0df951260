import { Report } from '../demo-client/report.js';
import { startNodes, type Nodes } from './nodes.js';
import { tellStory } from './story.js';

/**
 * Shows several nodes of the service as one, behind a load balancer that sends each request to the next
 * node: one Redis, one Clerk emulator, all on this machine.
 *
 * Usage: `npm run demo -- --nodes 3`. Exits with 1 if something is not as it says.
 */
const report = new Report();
// The processes that it has started end with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
let service: Nodes | undefined;
try {
  const count = readCount(process.argv[2]);
  report.title(`Starting ${count} nodes of one service …`);
  service = await startNodes(count);
  await tellStory(service, report);
} catch (error) {
  report.failed(error);
} finally {
  await service?.stop();
}
report.finish();
// A client that waits for its stream would keep the process.
process.exit();

function readCount(given = ''): number {
  const count = Number(given);
  if (Number.isInteger(count) && count >= 2 && count <= 9) return count;
  throw new Error(`--nodes is ${given}. Pass a number from 2 to 9.`);
}

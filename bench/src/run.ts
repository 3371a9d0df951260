import { startBenchClerk } from './clerk.js';
import { measure } from './load/rounds.js';
import { echoCall } from './load/workload.js';
import { toTable } from './report/table.js';
import { FLOOR, MCP_NEST, OURS } from './subjects.js';

const clerk = await startBenchClerk();
try {
  const tokens = await clerk.tokens(1);
  for (const era of ['modern', 'legacy'] as const) {
    const workload = echoCall(era);
    const load = () => ({ workload, tokens, connections: 64, seconds: 2 });
    const measured = await measure(
      [
        { subject: FLOOR, load },
        { subject: OURS, load },
        { subject: MCP_NEST, load },
      ],
      { settings: clerk.settings, rounds: 5 },
    );
    console.log(`\n${workload.name}, 64 connections\n\n${toTable(measured)}`);
  }
} finally {
  await clerk.close();
}

import { parseArgs } from 'node:util';
import { startServer } from './demo-server.js';
import { runNodes } from './nodes.js';
import { Report } from './report.js';
import { runScenario } from './scenario.js';

/**
 * Runs a complete MCP client flow, once for each era of the protocol: refusal, discovery, registration,
 * sign-in, consent, calls of the four tools, and refresh.
 *
 * Usage: `npm run demo [-- URL]`. Without a URL it uses the server on the default port, or starts one.
 * `npm run demo -- --nodes 3` shows several nodes over Redis in place of that.
 */
const { values, positionals } = parseArgs({
  options: { nodes: { type: 'string' } },
  allowPositionals: true,
});
const report = new Report();
if (values.nodes === undefined) await runClients(positionals[0]);
else process.exitCode = await runNodes(values.nodes, report);

async function runClients(url: string | undefined): Promise<void> {
  const server = await startServer(url, report);
  try {
    for (const era of ['2025-11-25', '2026-07-28'] as const) {
      await runScenario(server.url, era, report);
    }
  } catch (error) {
    report.failed(error);
  } finally {
    await server.stop();
  }
  report.finish();
}

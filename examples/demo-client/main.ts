import { startServer } from './demo-server.js';
import { Report } from './report.js';
import { runScenario } from './scenario.js';

/**
 * Acts as an MCP client, once for each era of the protocol: is turned away, finds the authorization
 * server, registers, signs in, consents, calls the four tools and refreshes.
 *
 * Usage: `npm run demo [-- URL]`. Without a URL it takes the server on the usual port, or starts one.
 */
const report = new Report();
const server = await startServer(process.argv[2], report);
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

import { startServer } from './demo-server.js';
import { Report } from './report.js';
import { runScenario } from './scenario.js';

/**
 * Runs a complete MCP client flow, once for each era of the protocol: refusal, discovery, registration,
 * sign-in, consent, calls of the four tools, and refresh.
 *
 * Usage: `npm run demo [-- URL]`. Without a URL it uses the server on the default port, or starts one.
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

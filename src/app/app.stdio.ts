import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { logWarnings, useConfiguredLogger } from './app.setup.js';
import { SERVICE_CONFIG, type ServiceConfig } from './config.js';
import { containStrayErrors } from './stray-errors.js';
import { claimStdout } from '../mcp/stdio/claim-stdout.js';
import { McpStdio } from '../mcp/stdio/mcp-stdio.js';

/**
 * Serves one client on stdin and stdout, until it goes or the process is told to end.
 *
 * @param root `AppModule`, or a module that imports it
 */
export async function runStdio(root: Type = AppModule): Promise<void> {
  const stdout = claimStdout();
  // A client that dies takes both pipes with it, and the log has nowhere to go.
  process.stderr.on('error', () => undefined);
  const app = await NestFactory.createApplicationContext(root, {
    bufferLogs: true,
    autoFlushLogs: false,
    abortOnError: false,
  });
  useConfiguredLogger(app);
  logWarnings(app);
  const { mcp, drainMs } = app.get<ServiceConfig>(SERVICE_CONFIG);
  const connection = await app.get(McpStdio).connect({ stdout, token: mcp.accessToken, drainMs });
  containStrayErrors();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void connection.close());
  }
  const { principal } = connection;
  const caller = principal ? `as ${principal.subject}` : 'for nobody: MCP_ACCESS_TOKEN is not set';
  process.stderr.write(`  MCP server on stdin and stdout, ${caller}\n`);
  await connection.closed;
  await app.close();
  // A call that runs on must not keep a process that nobody talks to any more.
  process.exit(0);
}

import { spawn, type ChildProcess } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildService, type BuiltService } from '../e2e/built-service.js';
import { freePort } from '../support/free-port.js';
import { sizeOf } from './installed.js';
import { ROOT, run } from './packed.js';
import { registryIsReachable } from './registry.js';

const NPM_CI = ['ci', '--omit=dev', '--no-audit', '--no-fund', '--prefer-offline'];
const QUIET = '--loglevel=error';

describe.skipIf(!(await registryIsReachable()))('a production install of the service', () => {
  let service: BuiltService;

  beforeAll(async () => {
    service = await buildService();
    await rm(join(service.cwd, 'node_modules'));
    await cp(join(ROOT, 'package-lock.json'), join(service.cwd, 'package-lock.json'));
  });
  afterAll(() => service.remove());

  it.each([
    // With the export of telemetry.
    { command: 'npm ci --omit=dev', options: [], most: 120 },
    { command: 'npm ci --omit=dev --omit=optional', options: ['--omit=optional'], most: 90 },
  ])('$command starts, answers a call, and stays within $most MB', async ({ options, most }) => {
    await run('npm', [...NPM_CI, ...options, QUIET], service.cwd);
    const bytes = await sizeOf(join(service.cwd, 'node_modules'));
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(most * 1024 * 1024);
    const running = await startProd(service.cwd);
    try {
      const client = new Client({ name: 'production-install', version: '1.0.0' });
      await client.connect(new StreamableHTTPClientTransport(new URL(running.url)));
      const { content } = await client.callTool({ name: 'getAuthInfo', arguments: {} });
      expect(JSON.stringify(content)).toContain('oauth-protected-resource');
      await client.close();
    } finally {
      running.child.kill('SIGTERM');
    }
  });
});

const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** Runs `npm run start:prod`'s command until the service says where it listens. */
async function startProd(cwd: string): Promise<{ child: ChildProcess; url: string }> {
  const port = await freePort();
  // The client of this test does not sign in.
  const env = { PATH: process.env['PATH'], PORT: String(port), MCP_SIGN_IN: 'offer' };
  const child = spawn(process.execPath, ['dist/main.js'], { cwd, env });
  children.push(child);
  const url = `http://127.0.0.1:${port}/mcp`;
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += String(chunk);
      if (output.includes(url)) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => reject(new Error(`The service ended with ${code}: ${output}`)));
  });
  return { child, url };
}

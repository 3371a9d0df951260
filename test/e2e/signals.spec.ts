import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startClerkEmulator, type ClerkEmulator } from '../../src/emulator/index.js';
import { freePort } from '../support/free-port.js';
import { callTool } from '../support/mcp-request.js';
import { within } from '../support/within.js';
import { buildService, type BuiltService } from './built-service.js';
import { HttpProcess } from './http-process.js';

let built: BuiltService;
let clerk: ClerkEmulator;
beforeAll(async () => {
  [built, clerk] = await Promise.all([buildService(), startClerkEmulator()]);
});
afterAll(() => Promise.all([built.remove(), clerk.close()]));

let service: HttpProcess;
let baseURL: string;
afterEach(() => service.end('SIGKILL'));

async function start(variables: Readonly<Record<string, string>>): Promise<void> {
  const port = await freePort();
  baseURL = `http://127.0.0.1:${port}`;
  service = await HttpProcess.start(built, {
    PORT: String(port),
    CLERK_SECRET_KEY: clerk.secretKey,
    CLERK_PUBLISHABLE_KEY: clerk.publishableKey,
    CLERK_FRONTEND_API: clerk.url,
    CLERK_API_URL: clerk.url,
    ...variables,
  });
}

const readiness = async () => (await fetch(`${baseURL}/health/ready`)).status;

async function untilDraining(): Promise<void> {
  while ((await readiness()) !== 503) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('The service that a signal tells to end', () => {
  it('serves on while it drains, and ends at once at a second signal', async () => {
    // Longer than any test: that it ends is the second signal's doing.
    await start({ DRAIN_MS: '600000' });
    expect(await readiness()).toBe(200);
    service.kill('SIGTERM');
    await within(untilDraining(), 'the drain');
    const answer = await callTool(`${baseURL}/mcp`, 'getAuthInfo');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('connection')).toBe('close');
    expect((await fetch(`${baseURL}/health/live`)).status).toBe(200);
    service.kill('SIGTERM');
    expect(await within(service.exited, 'the end')).toEqual([143, null]);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends by itself at %s', async (signal) => {
    await start({ DRAIN_MS: '1' });
    service.kill(signal);
    expect(await within(service.exited, 'the end')).toEqual([null, signal]);
  });

  it('ends at once with DRAIN_MS=0', async () => {
    await start({ DRAIN_MS: '0' });
    service.kill('SIGTERM');
    expect(await within(service.exited, 'the end')).toEqual([null, 'SIGTERM']);
  });
});

describe('The service with test keys', () => {
  it('warns once of a public BASE_URL', async () => {
    await start({ BASE_URL: 'https://mcp.example.com', DRAIN_MS: '0' });
    expect(service.output.match(/development instance/g)).toHaveLength(1);
  });
});

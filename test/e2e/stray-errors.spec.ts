import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startClerkEmulator, type ClerkEmulator } from '../../src/emulator/index.js';
import { freePort } from '../support/free-port.js';
import { callTool, ENVELOPE } from '../support/mcp-request.js';
import { eventually, within } from '../support/within.js';
import { buildProgram, type BuiltService } from './built-service.js';
import { HttpProcess } from './http-process.js';
import { StdioProcess } from './stdio-process.js';

let built: BuiltService;
let clerk: ClerkEmulator;
beforeAll(async () => {
  [built, clerk] = await Promise.all([
    buildProgram('test/e2e/stray-node.ts'),
    startClerkEmulator(),
  ]);
});
afterAll(() => Promise.all([built.remove(), clerk.close()]));

const environment = () => ({
  MCP_SIGN_IN: 'offer',
  CLERK_SECRET_KEY: clerk.secretKey,
  CLERK_PUBLISHABLE_KEY: clerk.publishableKey,
  CLERK_FRONTEND_API: clerk.url,
  CLERK_API_URL: clerk.url,
});

async function start() {
  const port = await freePort();
  const service = await HttpProcess.start(built, { ...environment(), PORT: String(port) });
  onTestFinished(() => service.end('SIGKILL'));
  return { service, url: `http://127.0.0.1:${port}/mcp` };
}

const SECRET = 'an-argument-of-the-caller';
const LINES = [
  ['timer', 'A callback failed with TypeError'],
  ['rejection', 'A promise that nobody awaited failed with TypeError'],
  ['emitter', 'A callback failed with TypeError'],
  // Node makes an error of what is none.
  ['no error', 'A promise that nobody awaited failed with ERR_UNHANDLED_REJECTION'],
] as const;

describe('The service whose tool fails after it has answered', () => {
  it.each(LINES)('serves on, and says once why: %s', async (way, line) => {
    const { service, url } = await start();
    for (let calls = 0; calls < 3; calls += 1) {
      const { body } = await callTool(url, 'fail', { way, secret: SECRET });
      expect(body.result?.content?.[0]?.text).toBe('answered');
    }
    await eventually(() => expect(service.output).toContain(line));
    expect((await fetch(new URL('/health/ready', url))).status).toBe(200);
    expect((await callTool(url, 'getAuthInfo')).status).toBe(200);
    expect(service.output.split(line)).toHaveLength(2);
    expect(service.output).toContain('The service goes on.');
    expect(service.output).not.toContain(SECRET);
    if (way !== 'no error') expect(service.output).toContain('stray-node.js:');
  });

  it('drains, and ends at once at a second signal', async () => {
    const { service, url } = await start();
    await callTool(url, 'fail', { way: 'timer', secret: SECRET });
    await eventually(() => expect(service.output).toContain('A callback failed'));
    service.kill('SIGTERM');
    await eventually(async () =>
      expect((await fetch(new URL('/health/ready', url))).status).toBe(503),
    );
    service.kill('SIGTERM');
    expect(await within(service.exited, 'the end')).toEqual([143, null]);
  });

  it('serves on over stdio', async () => {
    const service = new StdioProcess([built.main, '--stdio'], {
      cwd: built.cwd,
      env: { ...environment(), BASE_URL: 'https://mcp.example.com' },
    });
    for (const id of [1, 2]) {
      const answer = await service.request(id, 'tools/call', {
        name: 'fail',
        arguments: { way: 'rejection', secret: SECRET },
        _meta: ENVELOPE,
      });
      expect(answer).toHaveProperty('result.content.0.text', 'answered');
    }
    await eventually(() => expect(service.stderr).toContain('A promise that nobody awaited'));
    expect(service.stderr).not.toContain(SECRET);
    service.endStdin();
    expect(await within(service.exit, 'the end')).toEqual({ code: 0, signal: null });
  });
});

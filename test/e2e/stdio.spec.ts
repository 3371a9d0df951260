import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startClerkEmulator, type ClerkEmulator } from '../../src/emulator/index.js';
import { freePort } from '../support/free-port.js';
import { ENVELOPE } from '../support/mcp-request.js';
import { within } from '../support/within.js';
import { buildService, type BuiltService } from './built-service.js';
import { StdioProcess } from './stdio-process.js';

const ADA = 'ada@example.com';
const BASE_URL = 'https://mcp.example.com';
const INFO = { name: 'stdio', version: '1.0.0' };
const INITIALIZE = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: INFO };

let service: BuiltService;
let clerk: ClerkEmulator;
beforeAll(async () => {
  [service, clerk] = await Promise.all([buildService(), startClerkEmulator()]);
});
afterAll(async () => {
  await clerk.close();
  await service.remove();
});

const environment = (more: Record<string, string> = {}) => ({
  BASE_URL,
  CLERK_SECRET_KEY: clerk.secretKey,
  CLERK_PUBLISHABLE_KEY: clerk.publishableKey,
  CLERK_FRONTEND_API: clerk.url,
  CLERK_API_URL: clerk.url,
  ...more,
});

const token = (resource = `${BASE_URL}/mcp`) =>
  clerk.issue.oauthAccessToken({ user: ADA, resource, format: 'jwt' });

const start = (env: Record<string, string> = {}, ...nodeOptions: string[]) =>
  new StdioProcess([...nodeOptions, service.main, '--stdio'], {
    cwd: service.cwd,
    env: environment(env),
  });

const parameters = (env: Record<string, string>) => ({
  command: process.execPath,
  args: [service.main, '--stdio'],
  cwd: service.cwd,
  env: environment(env),
  stderr: 'ignore' as const,
});

describe('node dist/main.js --stdio', () => {
  const CLIENTS = [
    ['the v1 client', () => new ClientV1(INFO), TransportV1],
    ['the v2 client, legacy', () => v2('legacy'), StdioClientTransport],
    ['the v2 client, automatic', () => v2('auto'), StdioClientTransport],
    ['the v2 client, pinned', () => v2({ pin: '2026-07-28' }), StdioClientTransport],
  ] as const;
  const v2 = (mode: 'legacy' | 'auto' | { pin: string }) =>
    new Client(INFO, { versionNegotiation: { mode } });

  it.each(CLIENTS)('serves %s as the user of MCP_ACCESS_TOKEN', async (_, create, Transport) => {
    // The two clients differ in types that do not matter here.
    const client: any = create();
    await client.connect(new Transport(parameters({ MCP_ACCESS_TOKEN: await token() })));
    const { tools } = await client.listTools();
    expect(tools.map(({ name }: { name: string }) => name)).toEqual([
      'echo',
      'getAuthInfo',
      'getUserProfile',
      'refreshToken',
    ]);
    const echo = await client.callTool({ name: 'echo', arguments: { message: 'hi' } });
    expect(echo.structuredContent).toMatchObject({
      message: 'hi',
      userId: clerk.users.get(ADA).id,
      userEmail: ADA,
    });
    await client.close();
  });

  it('writes nothing but JSON-RPC to stdout, opens no port, and ends with stdin', async () => {
    const port = await freePort();
    const stray =
      'data:text/javascript,process.on("SIGUSR2",()=>{console.log("stray");process.stdout.write("stray\\n")})';
    const server = start({ LOG_LEVEL: 'verbose', PORT: String(port) }, '--import', stray);
    await server.request(1, 'initialize', INITIALIZE);
    server.kill('SIGUSR2');
    const { result } = await server.request(2, 'tools/list', {});
    expect(JSON.stringify(result)).toContain('getAuthInfo');
    expect(JSON.stringify(result)).not.toContain('echo');
    await expect(fetch(`http://127.0.0.1:${port}/mcp`)).rejects.toThrow('fetch failed');
    const refused = await server.request(3, 'tools/call', { name: 'echo', arguments: {} });
    expect(JSON.stringify(refused)).toContain('started without an access token');

    server.endStdin();
    expect(await within(server.exit, 'the exit')).toEqual({ code: 0, signal: null });
    for (const line of server.lines) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
    expect(server.lines).toHaveLength(3);
    expect(server.stderr.match(/stray/g)).toHaveLength(2);
    expect(server.stderr).toContain('MCP_ACCESS_TOKEN is not set');
    expect(server.stderr).toContain('McpModule dependencies initialized');
  });

  it('answers what was written before stdin ended, and exits with 0', async () => {
    const server = start({ MCP_ACCESS_TOKEN: await token() });
    const echo = { name: 'echo', arguments: { message: 'hi' }, _meta: ENVELOPE };
    server.send({ id: 1, method: 'tools/list', params: { _meta: ENVELOPE } });
    for (const id of [2, 3, 4]) server.send({ id, method: 'tools/call', params: echo });
    server.write('[{"jsonrpc":"2.0","id":5,"method":"ping"}]');
    server.endStdin();
    expect(await within(server.exit, 'the exit')).toEqual({ code: 0, signal: null });
    const answers = new Map(server.lines.map((line) => [JSON.parse(line).id, JSON.parse(line)]));
    expect(answers.size).toBe(5);
    expect(answers.get(1).result.tools).toHaveLength(4);
    for (const id of [2, 3, 4]) {
      expect(answers.get(id).result.structuredContent).toMatchObject({ userEmail: ADA });
    }
    expect(answers.get(null).error.code).toBe(-32600);
  });

  it('does not wait longer than DRAIN_MS for a call that never ends', async () => {
    const server = start({ MCP_ACCESS_TOKEN: await token(), DRAIN_MS: '1' });
    await server.request(1, 'initialize', INITIALIZE);
    clerk.faults.set('all', { kind: 'hang' });
    onTestFinished(() => clerk.faults.clear());
    server.send({ id: 2, method: 'tools/call', params: { name: 'getUserProfile' } });
    server.endStdin();
    expect(await within(server.exit, 'the exit')).toEqual({ code: 0, signal: null });
    expect(server.lines).toHaveLength(1);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends cleanly on %s', async (signal) => {
    const server = start();
    await server.request(1, 'initialize', INITIALIZE);
    server.kill(signal);
    expect(await within(server.exit, 'the exit')).toEqual({ code: 0, signal: null });
  });

  it('ends when the client is gone and the pipes are broken', async () => {
    const server = start();
    await server.request(1, 'initialize', INITIALIZE);
    server.breakPipes();
    for (let id = 2; id < 6; id += 1) server.send({ id, method: 'tools/list', params: {} });
    expect(await within(server.exit, 'the exit')).toEqual({ code: 0, signal: null });
  });

  it('says why a token is not good, without the token, and exits with 1', async () => {
    const foreign = await token('https://other.example.com/mcp');
    const server = start({ MCP_ACCESS_TOKEN: foreign });
    expect(await within(server.exit, 'the exit')).toEqual({ code: 1, signal: null });
    expect(server.stderr).toContain(
      'The access token was not accepted: The access token was issued for another resource.',
    );
    expect(server.stderr).not.toContain(foreign);
    expect(server.stderr).not.toMatch(/^\s+at /m);
    expect(server.lines).toEqual([]);
  });

  it('says what is wrong with the environment, and exits with 1', async () => {
    const server = start({ CLERK_SECRET_KEY: '', CLERK_PUBLISHABLE_KEY: '' });
    expect(await within(server.exit, 'the exit')).toEqual({ code: 1, signal: null });
    expect(server.stderr).toContain('[Clerk] Missing required config: secretKey');
    expect(server.lines).toEqual([]);
  });
});

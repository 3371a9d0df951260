import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  Client,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.js';
import { OAuthClient } from '../support/oauth-client.js';
import { type BuiltService, buildService } from './built-service.js';
import { HttpProcess } from './http-process.js';

let built: BuiltService;
beforeAll(async () => {
  built = await buildService();
});
afterAll(() => built.remove());

let service: HttpProcess | undefined;
afterEach(async () => {
  await service?.end('SIGKILL');
  await rm(join(built.cwd, '.nestjs-clerk-mcp'), { recursive: true, force: true });
});

/** Starts the service with its embedded emulator, as `npm start` does, and returns its screen. */
async function start(port: number, state?: string): Promise<string> {
  const variables = {
    PORT: String(port),
    DRAIN_MS: '0',
    ...(state !== undefined && { CLERK_EMULATOR_STATE: state }),
  };
  service = await HttpProcess.start(built, variables, { until: 'Connect a client' });
  return service.output;
}

async function profileOf(url: string, provider: OAuthClient): Promise<unknown> {
  const client = new Client({ name: 'state', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { authProvider: provider }));
  const { content } = await client.callTool({ name: 'getUserProfile' });
  await client.close();
  return content;
}

/** Signs in, as a client that connects for the first time. */
async function signIn(url: string, provider: OAuthClient): Promise<void> {
  const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider: provider });
  await expect(profileOf(url, provider)).rejects.toThrow(UnauthorizedError);
  await transport.finishAuth(provider.code, provider.issuer);
}

describe('The service on its emulator', () => {
  it.each(['SIGKILL', 'SIGTERM'] as const)('keeps a client signed in over %s', async (signal) => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/mcp`;
    const screen = await start(port);
    expect(screen).toContain('.nestjs-clerk-mcp/emulator.json');
    const provider = new OAuthClient({ account: 'ada@example.com' });
    await signIn(url, provider);
    const profile = await profileOf(url, provider);
    expect(JSON.stringify(profile)).toContain('ada@example.com');
    const { access_token: token, refresh_token: refreshToken } = provider.current;

    await service?.end(signal);
    const again = await start(port);
    expect(again).not.toContain('WARN');
    expect(await profileOf(url, provider)).toEqual(profile);
    expect(provider.current.access_token).toBe(token);
    // A client without its access token refreshes, and nobody signs in.
    provider.saveTokens({ ...provider.current, access_token: 'lost' });
    expect(await profileOf(url, provider)).toEqual(profile);
    expect(provider.current.refresh_token).not.toBe(refreshToken);
    expect(provider.callbacks).toHaveLength(1);
  });

  it('keeps nothing with CLERK_EMULATOR_STATE=off, and says so', async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/mcp`;
    expect(await start(port, 'off')).toContain('in memory');
    const provider = new OAuthClient({ account: 'ada@example.com' });
    await signIn(url, provider);
    await service?.end('SIGTERM');
    await start(port, 'off');
    await expect(profileOf(url, provider)).rejects.toThrow();
  });
});

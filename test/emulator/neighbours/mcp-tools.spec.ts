import { clerkMiddleware } from '@clerk/express';
import {
  completeAuthWithCode,
  createDynamicallyRegisteredMcpClient,
} from '@clerk/mcp-tools/client';
import {
  mcpAuthClerk,
  protectedResourceHandler,
  streamableHttpHandler,
} from '@clerk/mcp-tools/express';
import {
  fetchClerkAuthorizationServerMetadata,
  generateClerkProtectedResourceMetadata,
} from '@clerk/mcp-tools/server';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import express from 'express';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../../../src/emulator/index.js';
import { PageDriver } from '../page-driver.js';
import { serve, type Served } from './served.js';

describe('@clerk/mcp-tools with the emulator', () => {
  let clerk: ClerkEmulator;
  let server: Served;

  beforeAll(async () => {
    vi.stubEnv('CLERK_TELEMETRY_DISABLED', '1');
    clerk = await startClerkEmulator();
    server = await serve(mcpServer(clerk));
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await server.close();
    await clerk.close();
  });

  it('signs in from its client at its server', async () => {
    const values = new Map<string, unknown>();
    const store = {
      read: async (key: string) => values.get(key) as never,
      write: async (key: string, value: unknown) => {
        values.set(key, value);
      },
    };
    let authorization = '';
    const created = await createDynamicallyRegisteredMcpClient({
      mcpEndpoint: `${server.url}/mcp`,
      mcpClientName: 'Notes',
      mcpClientVersion: '1.0.0',
      oauthRedirectUrl: 'http://127.0.0.1:33418/callback',
      oauthScopes: 'profile email',
      oauthPublicClient: true,
      redirect: (url: string) => {
        authorization = url;
      },
      store,
    } as Parameters<typeof createDynamicallyRegisteredMcpClient>[0]);
    await expect(created.connect()).rejects.toThrow('Unauthorized');

    const callback = await new PageDriver(clerk.url).authorize(authorization);
    await completeAuthWithCode({
      state: callback.searchParams.get('state') ?? '',
      code: callback.searchParams.get('code') ?? '',
      store,
    });
    const token = (values.get(`session_${created.sessionId}`) as { accessToken?: string })
      .accessToken;
    const response = await fetch(`${server.url}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'whoami', arguments: {} },
      }),
    });
    expect(await response.text()).toContain(clerk.users.get('ada@example.com').id);
  });

  // docs/emulator.md lists it: these two derive https URLs from the publishable key.
  it('derives URLs from the publishable key with https', async () => {
    const { publishableKey } = clerk;
    const { host } = new URL(clerk.url);
    const resourceUrl = `${server.url}/mcp`;
    expect(generateClerkProtectedResourceMetadata({ publishableKey, resourceUrl })).toMatchObject({
      authorization_servers: [`https://${host}`],
    });
    await expect(fetchClerkAuthorizationServerMetadata({ publishableKey })).rejects.toThrow(
      'fetch failed',
    );
  });
});

function mcpServer(clerk: ClerkEmulator): express.Express {
  const { url: apiUrl, publishableKey, secretKey } = clerk;
  const app = express();
  app.use(clerkMiddleware({ apiUrl, publishableKey, secretKey }));
  app.use(express.json());
  app.get(
    '/.well-known/oauth-protected-resource/mcp',
    // Its variant for Clerk derives an https URL from the publishable key.
    protectedResourceHandler({ authServerUrl: clerk.url, properties: {} }),
  );
  app.post('/mcp', mcpAuthClerk, (request, response) => {
    const mcp = new McpServer({ name: 'notes', version: '1.0.0' });
    mcp.registerTool('whoami', { description: 'Who calls.' }, ({ authInfo }) => ({
      content: [{ type: 'text', text: String(authInfo?.extra?.['userId']) }],
    }));
    void streamableHttpHandler(mcp)(request, response);
  });
  return app;
}

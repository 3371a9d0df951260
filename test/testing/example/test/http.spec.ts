// test/http.spec.ts
import 'nestjs-clerk-mcp/testing/vitest';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { createMcpTest } from 'nestjs-clerk-mcp/testing';
import { expect, it } from 'vitest';
import { AppModule } from '../src/app.module.js';

it('serves every client over a real port', async () => {
  await using mcp = await createMcpTest({ imports: [AppModule], transport: 'http' });
  const { token } = await mcp.as({ email: 'ada@example.com' });

  const client = new Client({ name: 'any', version: '1.0.0' });
  const headers = { authorization: `Bearer ${token}` };
  await client.connect(
    new StreamableHTTPClientTransport(new URL(mcp.url), { requestInit: { headers } }),
  );
  const { structuredContent } = await client.callTool({ name: 'me', arguments: {} });
  expect(structuredContent).toEqual({ email: 'ada@example.com' });
  await client.close();
});

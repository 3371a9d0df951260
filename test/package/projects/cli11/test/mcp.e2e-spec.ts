import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { ExpressAdapter } from '@nestjs/platform-express';
import { createMcpTest, type McpTest } from 'nestjs-clerk-mcp/testing';
import { AppModule } from './../src/app.module';

describe('MCP (e2e)', () => {
  let mcp: McpTest;

  beforeEach(async () => {
    mcp = await createMcpTest({
      imports: [AppModule],
      transport: 'http',
      adapter: new ExpressAdapter(),
    });
  });

  it('answers the official client over a real port', async () => {
    const { token } = await mcp.as({ email: 'ada@example.com' });
    const headers = { authorization: `Bearer ${token}` };
    const client = new Client({ name: 'any', version: '1.0.0' });
    const url = new URL(mcp.url);
    await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
    const { content } = await client.callTool({ name: 'sayHello', arguments: { text: 'Hi' } });
    expect(content).toEqual([{ type: 'text', text: 'You wrote: Hi' }]);
    await client.close();
  });

  afterEach(() => mcp.close());
});

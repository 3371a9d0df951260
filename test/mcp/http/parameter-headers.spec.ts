import { Injectable } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Public } from '../../../src/access/access.decorators.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { answerOf } from '../answer.js';
import { rpc, startMcpApp, type McpApp } from '../fixtures.js';

@Public()
@Injectable()
class Tools {
  @McpTool({
    description: 'Is routed by region',
    input: z.object({
      region: z.string().meta({ 'x-mcp-header': 'Region' }),
      level: z.int().optional().meta({ 'x-mcp-header': 'Level' }),
    }),
  })
  route({ region, level }: { region: string; level?: number | undefined }) {
    return `${region} ${level ?? 'none'}`;
  }
}

describe('A parameter that is declared as a header', () => {
  let mcp: McpApp;
  beforeAll(async () => {
    mcp = await startMcpApp([Tools]);
  });
  afterAll(() => mcp.app.close());

  const call = async (args: object, headers: Record<string, string>) => {
    const response = await rpc(
      mcp.url,
      'tools/call',
      { name: 'route', arguments: args },
      { headers },
    );
    return answerOf(response);
  };

  it('is listed with its name', async () => {
    const { result } = await answerOf(await rpc(mcp.url, 'tools/list'));
    expect(result.tools[0].inputSchema.properties.region['x-mcp-header']).toBe('Region');
  });

  it('lets the call through where header and argument agree', async () => {
    const { result } = await call(
      { region: 'eu', level: 3 },
      { 'mcp-param-region': 'eu', 'mcp-param-level': '3' },
    );
    expect(result.content[0].text).toBe('eu 3');
  });

  it.each([
    ['is missing', { region: 'eu' }, {}],
    ['says something else', { region: 'eu' }, { 'mcp-param-region': 'us' }],
    [
      'says another number',
      { region: 'eu', level: 4 },
      { 'mcp-param-region': 'eu', 'mcp-param-level': '3' },
    ],
  ])('refuses a call whose header %s', async (_how, args, headers) => {
    const { status, error } = await call(args, headers as Record<string, string>);
    expect(status).toBe(400);
    expect(error?.code).toBe(-32020);
  });

  it('asks nothing of older clients, which have no such headers', async () => {
    const params = { name: 'route', arguments: { region: 'eu' } };
    const response = await rpc(mcp.url, 'tools/call', params, { era: 'legacy' });
    expect((await answerOf(response)).result.content[0].text).toBe('eu none');
  });
});

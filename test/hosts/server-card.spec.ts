import { type INestApplication, Controller, Get } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClerkAuthGuard } from '../../src/clerk/http/clerk-auth.guard.js';
import { ClerkAuthModule } from '../../src/clerk/clerk-auth.module.js';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';
import type { McpModuleOptions } from '../../src/mcp/mcp-options.js';
import { McpModule } from '../../src/mcp/mcp.module.js';
import { FakeClerk } from '../clerk/support/fake-clerk.js';
import { ADAPTERS } from '../support/adapters.js';
import { clerkHost } from './clerk-host.js';

class Tools {
  @McpTool({ description: 'For those who have signed in' })
  secretTool() {
    return 'worked';
  }
}

@Controller('mcp')
class Clash {
  @Get('server-card')
  card() {
    return 'mine';
  }
}

let clerk: FakeClerk;
beforeAll(async () => {
  clerk = await FakeClerk.start();
});
afterAll(() => clerk.close());

const CARD = { url: 'https://mcp.example.com/mcp', description: 'Keeps notes' };
const modules = (
  options: Partial<McpModuleOptions>,
  more: readonly ReturnType<typeof McpModule.forRoot>[] = [],
) => [
  ClerkAuthModule.forRoot(clerk.options()),
  McpModule.forRoot({
    name: 'My notes',
    version: '1.2.0',
    title: 'Notes',
    guards: [ClerkAuthGuard],
    ...options,
  }),
  ...more,
];
const prefixed = (app: INestApplication) => app.setGlobalPrefix('api');

describe.each(ADAPTERS)('The server card on %s', (adapter) => {
  const host = (
    options: Partial<McpModuleOptions>,
    {
      more,
      ...parts
    }: { more?: ReturnType<typeof McpModule.forRoot>[] } & Pick<
      NonNullable<Parameters<typeof clerkHost>[2]>,
      'configure' | 'controllers'
    > = {},
  ) => clerkHost(adapter, clerk, { ours: modules(options, more), providers: [Tools], ...parts });

  it('says who the server is and how it is reached, to anybody', async () => {
    const { origin } = await host({ serverCard: CARD });
    const response = await fetch(`${origin}/mcp/server-card`, {
      headers: { origin: 'https://elsewhere.example' },
    });
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/mcp-server-card+json',
      'access-control-allow-origin': '*',
      'cache-control': 'public, max-age=3600',
      etag: expect.stringMatching(/^"[0-9a-f]{64}"$/),
    });
    const text = await response.text();
    expect(JSON.parse(text)).toEqual({
      $schema: 'https://static.modelcontextprotocol.io/schemas/v1/server-card.schema.json',
      name: 'com.example.mcp/My-notes',
      title: 'Notes',
      description: 'Keeps notes',
      version: '1.2.0',
      remotes: [
        {
          type: 'streamable-http',
          url: 'https://mcp.example.com/mcp',
          supportedProtocolVersions: expect.arrayContaining(['2026-07-28', '2025-11-25']),
        },
      ],
    });
    expect(text).not.toContain('secretTool');
  });

  it('is not sent again to who has it, and has preflights and HEAD', async () => {
    const { origin } = await host({ serverCard: CARD });
    const url = `${origin}/mcp/server-card`;
    const etag = (await fetch(url)).headers.get('etag') ?? '';
    const again = await fetch(url, { headers: { 'if-none-match': `"other", W/${etag}` } });
    expect([again.status, await again.text()]).toEqual([304, '']);
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, head.headers.get('etag'), await head.text()]).toEqual([200, etag, '']);
    const preflight = await fetch(url, {
      method: 'OPTIONS',
      headers: { origin: 'https://elsewhere.example', 'access-control-request-method': 'GET' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
  });

  it('is named by the AI catalog, with those of all servers', async () => {
    const admin = McpModule.forRoot({
      name: 'admin',
      version: '1.0.0',
      path: 'admin/mcp',
      guards: [ClerkAuthGuard],
      serverCard: { ...CARD, url: 'https://mcp.example.com/admin/mcp' },
    });
    const { origin } = await host({ serverCard: CARD }, { more: [admin] });
    const response = await fetch(`${origin}/.well-known/ai-catalog.json`);
    expect(response.headers.get('content-type')).toBe('application/ai-catalog+json');
    const type = 'application/mcp-server-card+json';
    expect(await response.json()).toEqual({
      specVersion: '1.0',
      entries: [
        {
          identifier: 'urn:air:mcp.example.com:mcp:My-notes',
          type,
          url: 'https://mcp.example.com/mcp/server-card',
        },
        {
          identifier: 'urn:air:mcp.example.com:mcp:admin',
          type,
          url: 'https://mcp.example.com/admin/mcp/server-card',
        },
      ],
    });
    expect((await fetch(`${origin}/admin/mcp/server-card`)).status).toBe(200);
  });

  it('is below the global prefix, and the catalog also at the root', async () => {
    const { origin } = await host({ serverCard: CARD }, { configure: prefixed });
    const paths = [
      '/api/mcp/server-card',
      '/.well-known/ai-catalog.json',
      '/api/.well-known/ai-catalog.json',
    ];
    for (const path of paths)
      expect([path, (await fetch(origin + path)).status]).toEqual([path, 200]);
    expect((await fetch(`${origin}/mcp/server-card`)).status).toBe(404);
  });

  it('is off by default', async () => {
    const { origin } = await host({});
    for (const path of ['/mcp/server-card', '/.well-known/ai-catalog.json']) {
      expect((await fetch(origin + path)).status).toBe(404);
    }
  });

  it.each([
    [{ ...CARD, url: 'mcp.example.com' }, 'serverCard.url is "mcp.example.com"'],
    [{ ...CARD, description: ' ' }, 'serverCard: the description is missing'],
    [{ ...CARD, name: 'notes' }, 'serverCard: the name is "notes"'],
    [{ ...CARD, tools: [] }, 'serverCard.tools'],
  ])('stops the boot with %j', async (serverCard, message) => {
    await expect(host({ serverCard })).rejects.toThrow(message);
  });

  it('stops the boot where a route of the application is', async () => {
    await expect(host({ serverCard: CARD }, { controllers: [Clash] })).rejects.toThrow(
      /Clash.card is a route at \/mcp\/server-card.*Remove your route/,
    );
  });
});

import { Injectable, Module, Scope } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import { describe, expect, it } from 'vitest';
import { Public } from '../../../src/access/access.decorators.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { McpModule } from '../../../src/mcp/mcp.module.js';
import { attachPrincipal } from '../../../src/request/request-record.js';
import { boot, call, mcpApp, NameGuard, principal } from '../fixtures.js';

@Injectable()
class Notes {
  @McpTool({ description: 'Protected' })
  list() {
    return 'listed';
  }

  @McpTool({ description: 'Protected too' })
  other() {
    return 'other';
  }
}

@Injectable()
class OpenNotes {
  @Public()
  @McpTool({ description: 'Open' })
  list() {
    return 'listed';
  }
}

const WITHOUT = { guards: undefined };

describe('an endpoint without guards', () => {
  it('stops the boot if it has protected entries', async () => {
    await expect(boot([Notes], WITHOUT)).rejects.toMatchObject({
      code: 'MCP_CONFIGURATION',
      message:
        'McpModule: guards is missing for the endpoint /mcp, so that nobody could use Notes.list and 1 more: without a guard every caller is anonymous. Write guards: [ClerkAuthGuard] in McpModule.forRoot(), or @Public() on what everybody may use. Where middleware authenticates, write guards: [].',
    });
  });

  it('stops the boot also where the only global guard is a rate limit', async () => {
    const metadata = {
      imports: [ThrottlerModule.forRoot([{ limit: 10, ttl: 1_000 }])],
      providers: [{ provide: APP_GUARD, useClass: ThrottlerGuard }],
    };
    await expect(boot([Notes], { ...WITHOUT, metadata })).rejects.toThrow('guards is missing');
  });

  it('starts if all its entries are public, and if it has none', async () => {
    const { url } = await mcpApp([OpenNotes], WITHOUT);
    expect((await call(url, 'list', {}, { as: '' })).text).toBe('listed');
    await boot([], WITHOUT);
  });

  it('starts with a global guard, which authenticates for it', async () => {
    const metadata = { providers: [{ provide: APP_GUARD, useExisting: NameGuard }] };
    const { url } = await mcpApp([Notes], { ...WITHOUT, metadata });
    expect((await call(url, 'list')).text).toBe('listed');
    expect((await call(url, 'list', {}, { as: '' })).status).toBe(401);
  });

  it('starts with a global guard of the request scope, or one from useGlobalGuards()', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Scoped extends NameGuard {}
    const metadata = { providers: [{ provide: APP_GUARD, useClass: Scoped }] };
    const scoped = await mcpApp([Notes], { ...WITHOUT, metadata });
    expect((await call(scoped.url, 'list')).text).toBe('listed');
    const used = await mcpApp([Notes], {
      ...WITHOUT,
      configure: (app) => app.useGlobalGuards(new NameGuard()),
    });
    expect((await call(used.url, 'list')).text).toBe('listed');
  });

  it('starts where the list of guards is empty, for middleware that authenticates', async () => {
    const { url } = await mcpApp([Notes], {
      guards: [],
      configure: (app) =>
        app.use((request: object, _response: object, next: () => void) => {
          attachPrincipal(request, principal('alice'));
          next();
        }),
    });
    expect((await call(url, 'list', {}, { as: '' })).text).toBe('listed');
  });

  it('is no endpoint without HTTP', async () => {
    @Module({
      imports: [McpModule.forRoot({ name: 'stdio', version: '1.0.0' })],
      providers: [Notes],
    })
    class Host {}
    const app = await NestFactory.createApplicationContext(Host, { logger: false });
    await app.close();
  });
});

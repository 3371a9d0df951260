import {
  All,
  Controller,
  Get,
  Post,
  Version,
  VersioningType,
  type INestApplication,
} from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClerkAuthModule } from '../../src/clerk/clerk-auth.module.js';
import { ClerkConfigurationError } from '../../src/clerk/clerk.errors.js';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';
import { McpConfigurationError } from '../../src/mcp/mcp.errors.js';
import { FakeClerk } from '../clerk/support/fake-clerk.js';
import { boot } from '../mcp/fixtures.js';
import { ADAPTERS, createAdapter } from '../support/adapters.js';
import { clerkHost } from './clerk-host.js';

class Tools {
  @McpTool({ description: 'Works' })
  works() {
    return 'worked';
  }
}

/** Code that is not type-checked says anything. */
const untyped = (value: unknown) => value as never;

describe.each(ADAPTERS)('on %s', (name) => {
  @Controller()
  class Elsewhere {
    @Get(['x', 'api/mcp'])
    clash() {
      return 'mine';
    }
  }
  @Controller('mcp')
  class Same {
    @Post()
    clash() {
      return 'mine';
    }
  }
  @Controller({ path: 'mcp' })
  class EveryMethod {
    @All()
    clash() {
      return 'mine';
    }
  }
  @Controller({ path: 'mcp', version: '2' })
  class Versioned {
    @Version('3')
    @Post()
    other() {
      return 'mine';
    }
    @Post('below')
    below() {
      return 'mine';
    }
  }
  const start = (controller: new () => object, configure?: (app: INestApplication) => unknown) =>
    boot([Tools], {
      adapter: createAdapter(name),
      metadata: { controllers: [controller] },
      ...(configure && { configure }),
    });

  it.each<[string, new () => object, ((app: INestApplication) => unknown) | undefined, string]>([
    ['its path', Same, undefined, 'Same.clash is a route at /mcp'],
    ['its path for every method', EveryMethod, undefined, 'EveryMethod.clash is a route at /mcp'],
    [
      'its path below a prefix',
      Elsewhere,
      (app) => app.setGlobalPrefix('api', { exclude: ['api/mcp'] }),
      'Elsewhere.clash is a route at /api/mcp',
    ],
  ])('a route of the application at %s stops the boot', async (_, type, configure, message) => {
    await expect(start(type, configure)).rejects.toThrow(McpConfigurationError);
    await expect(start(type, configure)).rejects.toThrow(message);
  });

  it('a route beside it does not', async () => {
    await start(Elsewhere);
    await start(Versioned, (app) => app.enableVersioning({ type: VersioningType.URI }));
  });
});

describe('ClerkAuthModule stops the boot', () => {
  let clerk: FakeClerk;
  beforeAll(async () => {
    clerk = await FakeClerk.start();
  });
  afterAll(() => clerk.close());

  it.each(ADAPTERS)('when it is called twice, on %s', async (adapter) => {
    const start = clerkHost(adapter, clerk, {
      imports: [ClerkAuthModule.forRoot(clerk.options())],
    });
    await expect(start).rejects.toThrow(ClerkConfigurationError);
    await expect(start).rejects.toThrow(/forRoot\(\) was called twice. Call it once/);
  });

  it.each<[string, () => unknown]>([
    ['the bare class', () => ClerkAuthModule],
    [
      'a factory that returns nothing',
      () => ClerkAuthModule.forRootAsync({ useFactory: () => untyped(undefined) }),
    ],
  ])('without options: %s', async (_, module) => {
    const start = clerkHost('fastify', clerk, { ours: [untyped(module())] });
    await expect(start).rejects.toThrow(ClerkConfigurationError);
    await expect(start).rejects.toThrow(/has no options. Import ClerkAuthModule\.forRoot\(/);
  });
});

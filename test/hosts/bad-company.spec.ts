import {
  All,
  Controller,
  Get,
  Post,
  Version,
  VersioningType,
  type INestApplication,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Public } from '../../src/access/access.decorators.js';
import { ClerkAuthModule } from '../../src/clerk/clerk-auth.module.js';
import { ClerkConfigurationError } from '../../src/clerk/clerk.errors.js';
import { HealthModule } from '../../src/health/health.module.js';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';
import { McpConfigurationError } from '../../src/mcp/mcp.errors.js';
import { FakeClerk } from '../clerk/support/fake-clerk.js';
import { boot, mcpApp } from '../mcp/fixtures.js';
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

describe.each(ADAPTERS)('routes of this package on %s', (name) => {
  const CLERK = {
    secretKey: 'sk_test_x',
    clerkDomain: 'verb-noun-00.clerk.accounts.dev',
    baseURL: 'https://notes.test',
  };
  const WEBHOOKS = { webhooks: { signingSecret: `whsec_${'a'.repeat(32)}` } };
  const at = (path: string, decorator: MethodDecorator) => {
    @Controller()
    class Mine {
      clash() {
        return 'mine';
      }
    }
    const place = Object.getOwnPropertyDescriptor(Mine.prototype, 'clash');
    decorator(Mine.prototype, 'clash', place as PropertyDescriptor);
    Public()(Mine.prototype, 'clash', place as PropertyDescriptor);
    return { type: Mine, path };
  };
  const options = (type: new () => object, clerk: object, prefix = '') => ({
    adapter: createAdapter(name),
    metadata: {
      imports: [ClerkAuthModule.forRoot({ ...CLERK, ...clerk }), HealthModule],
      controllers: [type],
    },
    configure: (app: INestApplication) => prefix && app.setGlobalPrefix(prefix),
  });

  it.each<[string, string, () => MethodDecorator, object, string]>([
    [
      'webhooks',
      '/webhooks/clerk',
      () => Post('webhooks/clerk'),
      WEBHOOKS,
      "the route for Clerk's webhooks",
    ],
    ['probe', '/health/ready', () => Get('health/ready'), {}, 'a probe of HealthModule'],
    ['probe, for every method', '/health', () => All('health/'), {}, 'a probe of HealthModule'],
    [
      'metadata',
      '/.well-known/oauth-authorization-server',
      () => Get('.well-known/oauth-authorization-server'),
      {},
      'a metadata document of this package',
    ],
  ])('are not hidden by a route of the application: %s', async (_, path, decorate, clerk, what) => {
    const { type } = at(path, decorate());
    await expect(boot([Tools], options(type, clerk))).rejects.toMatchObject({
      code: 'MCP_CONFIGURATION',
      message: expect.stringContaining(`Mine.clash is a route at ${path}, where ${what} is. `),
    });
  });

  it('are found below a prefix', async () => {
    const { type } = at('', Post('webhooks/clerk'));
    await expect(boot([Tools], options(type, WEBHOOKS, 'api'))).rejects.toThrow(
      "Mine.clash is a route at /api/webhooks/clerk, where the route for Clerk's webhooks is.",
    );
  });

  it('leave the path of the webhooks to the application while webhooks are off', async () => {
    const { type } = at('', Post('webhooks/clerk'));
    const { url } = await mcpApp([Tools], options(type, {}));
    const post = (path: string) => fetch(url.replace('/mcp', path), { method: 'POST' });
    expect(await (await post('/webhooks/clerk')).text()).toBe('mine');
    const bare = await mcpApp([Tools], options(at('', Get('none')).type, {}));
    const missing = await fetch(bare.url.replace('/mcp', '/webhooks/clerk'), { method: 'POST' });
    expect(missing.status).toBe(404);
    expect(await missing.json()).toMatchObject({ message: 'Cannot POST /webhooks/clerk' });
  });

  it('are absent from an OpenAPI document of the application', async () => {
    const { app } = await mcpApp([Tools], options(at('', Get('none')).type, WEBHOOKS));
    const controllers = [...app.get(ModulesContainer).values()].flatMap((module) =>
      [...module.controllers.values()].map(({ metatype }) => metatype as Function),
    );
    // What `@ApiExcludeController()` of @nestjs/swagger 12 writes and reads.
    const excluded = controllers.filter(
      (type) => Reflect.getMetadata('swagger/apiExcludeController', type)?.[0] === true,
    );
    expect(excluded.map((type) => type.name).toSorted()).toEqual([
      'ClerkWebhookController',
      'HealthController',
      'McpController',
    ]);
    expect(controllers).toHaveLength(4);
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

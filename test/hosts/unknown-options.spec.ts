import { Injectable, Module, type DynamicModule, type Type } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { AuditModule } from '../../src/audit/audit.module.js';
import { ClerkAuthModule } from '../../src/clerk/clerk-auth.module.js';
import { HealthModule } from '../../src/health/health.module.js';
import { LimitsModule } from '../../src/limits/limits.module.js';
import { McpCompletion, McpPrompt } from '../../src/mcp/authoring/mcp-prompt.decorator.js';
import {
  McpResource,
  McpResourceTemplate,
} from '../../src/mcp/authoring/mcp-resource.decorator.js';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';
import { McpCatalog } from '../../src/mcp/catalog/mcp-catalog.js';
import { McpModule } from '../../src/mcp/mcp.module.js';
import { boot, mcpApp } from '../mcp/fixtures.js';

// Without TypeScript, or with a value that is not a literal, a name that does not exist compiles.
const CLERK = {
  secretKey: 'sk_test_x',
  clerkDomain: 'verb-noun-00.clerk.accounts.dev',
  baseURL: 'https://notes.test',
};

interface AnyModule {
  forRoot(options: unknown): DynamicModule;
  forRootAsync(options: unknown): DynamicModule;
  forFeature(options: unknown): DynamicModule;
}
const untyped = (module: unknown): AnyModule => module as AnyModule;

const importing = (create: () => DynamicModule): Promise<unknown> =>
  (async () => boot([], { metadata: { imports: [create()] } }))();

describe('an option that does not exist stops the boot', () => {
  const server = { name: 'n', version: '1', path: 'other', guards: [] };
  it.each<[Type, object, object, string, string]>([
    [McpModule, server, { guard: [] }, '`guard`: write `guards`.', 'MCP_CONFIGURATION'],
    [McpModule, server, { endpoint: '/x' }, '`endpoint`: write `path`.', 'MCP_CONFIGURATION'],
    [
      McpModule,
      server,
      { sessions: { idle: 1 } },
      '`sessions.idle`: write `sessions.idleMs`.',
      'MCP_CONFIGURATION',
    ],
    [
      McpModule,
      server,
      { limits: { batchs: 1 } },
      '`limits.batchs`: write `limits.batch`.',
      'MCP_CONFIGURATION',
    ],
    [
      McpModule,
      server,
      { toolLimits: { timeout: 1 } },
      '`toolLimits.timeout`: write `toolLimits.timeoutMs`.',
      'MCP_CONFIGURATION',
    ],
    [
      ClerkAuthModule,
      CLERK,
      { baseUrl: 'x' },
      '`baseUrl`: write `baseURL`.',
      'CLERK_CONFIGURATION',
    ],
    [
      ClerkAuthModule,
      CLERK,
      { limits: { timeout: 1 } },
      '`limits.timeout`: write `limits.timeoutMs`.',
      'CLERK_CONFIGURATION',
    ],
    [
      ClerkAuthModule,
      CLERK,
      { webhooks: { key: 'x' } },
      '`webhooks.key`: remove it. The options are `webhooks.signingSecret`',
      'CLERK_CONFIGURATION',
    ],
    [
      ClerkAuthModule,
      CLERK,
      { resources: { mcp: { scope: ['a'] } } },
      '`resources["mcp"].scope`: write `resources["mcp"].scopes`.',
      'CLERK_CONFIGURATION',
    ],
    [
      LimitsModule,
      {},
      { principle: {} },
      '`principle`: write `principal`.',
      'INVALID_LIMITS_CONFIGURATION',
    ],
    [
      LimitsModule,
      {},
      { client: { limit: 1, ttl: 1 } },
      '`client.ttl`: write `client.ttlMs`.',
      'INVALID_LIMITS_CONFIGURATION',
    ],
    [
      AuditModule,
      {},
      { digestkey: 'x' },
      '`digestkey`: write `digestKey`.',
      'INVALID_AUDIT_CONFIGURATION',
    ],
    [
      HealthModule,
      {},
      { drainMS: 1 },
      '`drainMS`: write `drainMs`.',
      'INVALID_HEALTH_CONFIGURATION',
    ],
  ])('%o %o %o', async (module, options, wrong, problem, code) => {
    const all = { ...options, ...wrong };
    // The health controller needs the module of Clerk.
    const clerk = module === HealthModule ? [ClerkAuthModule.forRoot(CLERK)] : [];
    const inApp = (imported: () => DynamicModule) =>
      importing(() => {
        @Module({ imports: [...clerk, imported()] })
        class Host {}
        return { module: Host };
      });
    const { path, guards, ...returned } = all as Record<string, unknown>;
    const expected = { message: expect.stringContaining(`unknown option ${problem}`), code };
    await expect(inApp(() => untyped(module).forRoot(all))).rejects.toMatchObject(expected);
    await expect(
      inApp(() =>
        untyped(module).forRootAsync({
          ...(module === McpModule && { path, guards }),
          useFactory: async () => returned,
        }),
      ),
    ).rejects.toMatchObject(expected);
  });

  it.each<[Type, object, string]>([
    [McpModule, { guard: [] }, '`guard`: write `guards`.'],
    [McpModule, { name: 'n' }, '`name`: write it into the object that the factory returns.'],
    [ClerkAuthModule, { webhookpath: '' }, '`webhookpath`: write `webhookPath`.'],
    [ClerkAuthModule, { baseURL: '' }, '`baseURL`: write it into the object that the factory'],
    [LimitsModule, { principal: {} }, '`principal`: write it into the object that the factory'],
    [AuditModule, { log: 'all' }, '`log`: write it into the object that the factory returns.'],
    [HealthModule, { drainMs: 1 }, '`drainMs`: write it into the object that the factory returns.'],
  ])('beside the factory of %o: %o', (module, wrong, problem) => {
    const create = () => untyped(module).forRootAsync({ ...wrong, useFactory: () => ({}) });
    expect(create).toThrow(`unknown option ${problem}`);
  });

  it('in the factory, if it shapes the module', async () => {
    const create = () =>
      McpModule.forRootAsync({
        path: 'other',
        guards: [],
        useFactory: () => ({ name: 'n', version: '1', guards: [class Guard {}] }),
      });
    await expect(importing(create)).rejects.toThrow(
      'unknown option `guards`: write `guards` beside `useFactory`, since it shapes the module.',
    );
  });

  it.each<[Type, unknown, string]>([
    [McpModule, { paths: 'mcp' }, 'unknown option `paths`: write `path`.'],
    [ClerkAuthModule, { path: 'mcp', scope: [] }, 'unknown option `scope`: write `scopes`.'],
    [ClerkAuthModule, undefined, 'path is missing'],
  ])('of %o.forFeature(%o)', (module, options, problem) => {
    expect(() => untyped(module).forFeature(options)).toThrow(problem);
  });
});

describe('an option of a decorator that does not exist', () => {
  type Factory = (options: object) => MethodDecorator;
  const factory = (one: unknown) => one as Factory;
  it.each<[string, Factory, object, string]>([
    [
      'McpTool',
      factory(McpTool),
      { description: 'd', parameters: {} },
      '`parameters`: write `input`.',
    ],
    ['McpTool', factory(McpTool), { description: 'd', inptu: {} }, '`inptu`: write `input`.'],
    [
      'McpTool',
      factory(McpTool),
      { description: 'd', scope: 'a' },
      '`scope`: write `@RequireScopes()` on the method.',
    ],
    [
      'McpTool',
      factory(McpTool),
      { description: 'd', annotations: { readOnly: true } },
      '`annotations.readOnly`: write `annotations.readOnlyHint`.',
    ],
    [
      'McpTool',
      factory(McpTool),
      { description: 'd', limits: { timeout: 1 } },
      '`limits.timeout`: write `limits.timeoutMs`.',
    ],
    [
      'McpTool',
      factory(McpTool),
      { description: 'd', task: { support: 'optional', ttl: 1 } },
      '`task.ttl`: write `task.ttlMs`.',
    ],
    ['McpResource', factory(McpResource), { url: 'a://b' }, '`url`: write `uri`.'],
    [
      'McpResource',
      factory(McpResource),
      { uri: 'a://b', cache: { ttl: 1 } },
      '`cache.ttl`: write `cache.ttlMs`.',
    ],
    [
      'McpResourceTemplate',
      factory(McpResourceTemplate),
      { uri: 'a://{b}' },
      '`uri`: write `uriTemplate`.',
    ],
    ['McpPrompt', factory(McpPrompt), { argsSchema: {} }, '`argsSchema`: write `input`.'],
    [
      'McpCompletion',
      factory(McpCompletion),
      { prompt: 'p', arguement: 'a' },
      '`arguement`: write `argument`.',
    ],
  ])('names class, method and cure: @%s %o', (name, create, options, problem) => {
    const decorate = () => {
      class Tools {
        run() {}
      }
      const descriptor = Object.getOwnPropertyDescriptor(Tools.prototype, 'run');
      create(options)(Tools.prototype, 'run', descriptor as PropertyDescriptor);
    };
    expect(decorate).toThrow(
      expect.objectContaining({
        code: 'INVALID_HANDLER',
        message: expect.stringContaining(
          `Tools.run cannot be served: @${name}() has the unknown option ${problem}`,
        ),
      }),
    );
  });

  it('is found in entries that are added while the server runs', async () => {
    @Injectable()
    class None {}
    const { app } = await mcpApp([None], { dynamic: true });
    const add = (options: object) => () =>
      app.get(McpCatalog).addTool({ name: 'late', description: 'd', ...options }, () => 1);
    expect(add({ inputSchema: {} })).toThrow(
      'McpCatalog(late) cannot be served: addTool() has the unknown option `inputSchema`: write `input`.',
    );
    expect(add({ scopes: ['a'] })).toThrow('write `access: protectedBy(requirement.scopes(…))`.');
    expect(add({})).not.toThrow();
  });
});

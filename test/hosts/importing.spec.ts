import {
  Injectable,
  Module,
  UseGuards,
  type CanActivate,
  type DynamicModule,
  type Type,
} from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Public } from '../../src/access/access.decorators.js';
import type { ClerkAuthOptions } from '../../src/clerk/clerk-auth.options.js';
import { ClerkAuthGuard } from '../../src/clerk/http/clerk-auth.guard.js';
import { ClerkAuthModule } from '../../src/clerk/clerk-auth.module.js';
import { ClerkConfigurationError } from '../../src/clerk/clerk.errors.js';
import { ClerkContext } from '../../src/clerk/user/clerk-context.js';
import { DuplicateEntryError, UnknownServerError } from '../../src/mcp/mcp.errors.js';
import { McpCatalog } from '../../src/mcp/catalog/mcp-catalog.js';
import { McpResource } from '../../src/mcp/authoring/mcp-resource.decorator.js';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';
import type { McpModuleOptions } from '../../src/mcp/mcp-options.js';
import { McpModule } from '../../src/mcp/mcp.module.js';
import { McpNotifier } from '../../src/mcp/server/mcp-notifier.js';
import { FakeClerk } from '../clerk/support/fake-clerk.js';
import { callTool, send } from '../support/mcp-request.js';
import { ADAPTERS } from '../support/adapters.js';
import { clerkHost } from './clerk-host.js';

let clerk: FakeClerk;
beforeAll(async () => {
  clerk = await FakeClerk.start();
});
afterAll(() => clerk.close());

/** A class with one public tool of this name, that answers with it. */
function toolsNamed(name: string): Type<object> {
  class Tools {
    @Public()
    @McpTool({ name, description: 'Says its name' })
    say() {
      return name;
    }
  }
  return Tools;
}

@Injectable()
class WhoTools {
  constructor(private readonly clerk: ClerkContext) {}

  @McpTool({ description: 'Who calls' })
  who() {
    return this.clerk.getSession().userId;
  }
}

const namesAt = async (url: string) => {
  const { body } = await send(url, 'tools/list');
  return body.result?.tools?.map(({ name }) => name);
};

/** Where the options of an application come from. */
@Injectable()
class Settings {
  createClerk(): ClerkAuthOptions {
    return clerk.options();
  }
  create(): McpModuleOptions {
    return { name: 'from-settings', version: '2.0.0' };
  }
}
@Injectable()
class ClerkSettings {
  create(): ClerkAuthOptions {
    return clerk.options();
  }
}
@Module({ providers: [Settings, ClerkSettings], exports: [Settings, ClerkSettings] })
class SettingsModule {}

const guards = [ClerkAuthGuard];
const asynchronously: Record<string, () => DynamicModule[]> = {
  'useFactory with inject and imports': () => [
    ClerkAuthModule.forRootAsync({
      imports: [SettingsModule],
      inject: [Settings],
      useFactory: async (settings: Settings) => settings.createClerk(),
    }),
    McpModule.forRootAsync({
      imports: [SettingsModule],
      inject: [Settings],
      useFactory: async (settings: Settings) => settings.create(),
      guards,
    }),
  ],
  useClass: () => [
    ClerkAuthModule.forRootAsync({ useClass: ClerkSettings }),
    McpModule.forRootAsync({ useClass: Settings, guards }),
  ],
  useExisting: () => [
    ClerkAuthModule.forRootAsync({ imports: [SettingsModule], useExisting: ClerkSettings }),
    McpModule.forRootAsync({ imports: [SettingsModule], useExisting: Settings, guards }),
  ],
};

describe.each(ADAPTERS)('on %s', (adapter) => {
  it.each(Object.keys(asynchronously))('forRootAsync takes %s', async (name) => {
    const { origin } = await clerkHost(adapter, clerk, {
      ours: asynchronously[name]?.() ?? [],
      providers: [WhoTools],
    });
    const token = await clerk.oauthToken();
    const { body } = await callTool(`${origin}/mcp`, 'who', {}, { token });
    expect(body.result?.content?.[0]?.text).toBe('user_alice');
    expect((await callTool(`${origin}/mcp`, 'who')).status).toBe(401);
    const discovered = await send(`${origin}/mcp`, 'server/discover', {}, { token });
    expect(discovered.text).toContain('from-settings');
  });

  it('isGlobal gives every module the notifier and the catalog', async () => {
    @Injectable()
    class Reporter {
      constructor(
        readonly notifier: McpNotifier,
        readonly catalog: McpCatalog,
      ) {}
    }
    @Module({ providers: [Reporter, toolsNamed('report')] })
    class ReportModule {}
    const mcp = (isGlobal: boolean) => [
      ClerkAuthModule.forRoot(clerk.options()),
      McpModule.forRoot({ name: 'host', version: '1.0.0', guards, isGlobal }),
    ];
    const { app } = await clerkHost(adapter, clerk, { ours: mcp(true), imports: [ReportModule] });
    expect(app.get(Reporter, { strict: false }).catalog.tools.get('report')).toBeDefined();
    await expect(
      clerkHost(adapter, clerk, { ours: mcp(false), imports: [ReportModule] }),
    ).rejects.toThrow(/Reporter.*McpNotifier/);
  });

  it('forFeature makes a module part of one server, and says what its resource is', async () => {
    @Module({
      imports: [
        McpModule.forFeature({ path: '/admin/' }),
        ClerkAuthModule.forFeature({ path: 'admin', scopes: ['admin:write'] }),
      ],
      providers: [toolsNamed('purge')],
    })
    class AdminModule {}
    @Module({
      imports: [McpModule.forFeature(), McpModule.forFeature({ path: 'admin' })],
      providers: [toolsNamed('status')],
    })
    class StatusModule {}
    @Module({ providers: [toolsNamed('everywhere')] })
    class PlainModule {}
    @Module({ providers: [toolsNamed('included')] })
    class IncludedModule {}
    const { origin } = await clerkHost(adapter, clerk, {
      ours: [
        ClerkAuthModule.forRoot(clerk.options({ scopes: ['profile'] })),
        McpModule.forRoot({ name: 'notes', version: '1.0.0', guards }),
        McpModule.forRoot({
          name: 'admin',
          version: '1.0.0',
          path: 'admin',
          guards,
          include: [IncludedModule],
        }),
      ],
      imports: [AdminModule, StatusModule, PlainModule, IncludedModule],
    });
    expect(await namesAt(`${origin}/mcp`)).toEqual(['everywhere', 'included', 'status']);
    expect(await namesAt(`${origin}/admin`)).toEqual(['included', 'purge', 'status']);
    const metadata = async (path: string) =>
      (await fetch(`${origin}/.well-known/oauth-protected-resource/${path}`)).json();
    expect(await metadata('admin')).toMatchObject({ scopes_supported: ['admin:write'] });
    expect(await metadata('mcp')).toMatchObject({ scopes_supported: ['profile'] });
  });

  it('a feature of a server that is not there stops the boot, and so does one described twice', async () => {
    @Module({ imports: [McpModule.forFeature({ path: 'amdin' })], providers: [toolsNamed('x')] })
    class TypoModule {}
    const typo = clerkHost(adapter, clerk, { imports: [TypoModule] });
    await expect(typo).rejects.toThrow(UnknownServerError);
    await expect(typo).rejects.toThrow(
      'TypoModule is a feature of the MCP server at /amdin, which does not exist. The servers are at /mcp: name one of them in McpModule.forFeature().',
    );
    const resource = () => ClerkAuthModule.forFeature({ path: 'mcp', scopes: ['a'] });
    const twice = clerkHost(adapter, clerk, { imports: [resource(), resource()] });
    await expect(twice).rejects.toThrow(ClerkConfigurationError);
    await expect(twice).rejects.toThrow(/"mcp" is described twice/);
    const withSlashes = clerkHost(adapter, clerk, {
      imports: [resource(), ClerkAuthModule.forFeature({ path: '/mcp/' })],
    });
    await expect(withSlashes).rejects.toThrow(/"mcp" is described twice/);
    const stray = clerkHost(adapter, clerk, {
      imports: [ClerkAuthModule.forFeature({ path: 'nowhere' })],
    });
    await expect(stray).rejects.toThrow(/"nowhere", where no endpoint is/);
  });

  it('a module that is loaded later is served once the catalog looks for it', async () => {
    @Injectable()
    class Late implements CanActivate {
      constructor(private readonly clerk: ClerkContext) {}
      canActivate(): boolean {
        return this.clerk.session?.userId !== 'user_bob';
      }
    }
    class LateTools {
      @UseGuards(Late)
      @McpTool({ description: 'Comes late' })
      late() {
        return 'here';
      }

      @Public()
      @McpResource({ uri: 'late://one', description: 'Comes late' })
      one() {
        return 'one';
      }
    }
    @Module({ providers: [LateTools] })
    class InnerModule {}
    @Module({ imports: [InnerModule] })
    class LateModule {}
    @Module({ providers: [toolsNamed('fresh'), toolsNamed('early')] })
    class ClashingModule {}

    const { app, origin } = await clerkHost(adapter, clerk, { providers: [toolsNamed('early')] });
    const catalog = app.get(McpCatalog, { strict: false });
    const loader = app.get(LazyModuleLoader);
    await loader.load(() => LateModule);
    expect(await namesAt(`${origin}/mcp`)).toEqual(['early']);
    catalog.discover();
    catalog.discover();
    const [alice, bob] = [await clerk.oauthToken(), await clerk.oauthToken({ sub: 'user_bob' })];
    const late = (token: string) => callTool(`${origin}/mcp`, 'late', {}, { token });
    expect((await late(alice)).body.result?.content?.[0]?.text).toBe('here');
    expect((await late(bob)).body.result?.isError).toBe(true);
    expect((await callTool(`${origin}/mcp`, 'late')).status).toBe(401);
    expect(catalog.resources.get('late://one')).toBeDefined();

    await loader.load(() => ClashingModule);
    expect(() => catalog.discover()).toThrow(DuplicateEntryError);
    expect(await namesAt(`${origin}/mcp`)).toEqual(['early', 'late']);
  });
});
